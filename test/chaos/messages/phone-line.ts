import type { CallName, DeviceCalls } from '../../../src/whatsapp/device-calls.ts';
import type { DeviceEvent } from '../../../src/whatsapp/device.ts';

/** What a node says to the test that plays its browsers and phones. */
export type NodeSays =
  | { readonly kind: 'listening'; readonly url: string }
  | {
      readonly kind: 'open';
      readonly device: number;
      readonly key: string;
      readonly directory: string;
      readonly pairWith: string | null;
    }
  | {
      readonly kind: 'call';
      readonly device: number;
      readonly call: number;
      readonly name: CallName;
      readonly request: DeviceCalls[CallName]['request'];
    }
  /** Nobody waits for this call any more. */
  | { readonly kind: 'drop'; readonly call: number }
  | { readonly kind: 'close'; readonly device: number; readonly call: number; readonly graceMs: number };

/** What the test says to a node. */
export type TestSays =
  | { readonly kind: 'event'; readonly device: number; readonly event: DeviceEvent }
  | { readonly kind: 'answer'; readonly call: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly call: number; readonly why: string };
