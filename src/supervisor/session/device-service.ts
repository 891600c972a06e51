import type { Capabilities } from '../../domain/message.ts';
import type { LinkedDevice, LossCause } from '../../whatsapp/device.ts';

/** A device that has become ready, and its number among those of its session: a later one has a higher number. */
export interface ReadyDevice {
  readonly number: number;
  readonly device: Pick<LinkedDevice, 'call'>;
  /** Of the linked account. */
  readonly phoneNumber: string;
  /** What its page can be used for; `null` where the page did not say in time. */
  readonly capabilities: Capabilities | null;
}

/**
 * What works beside a ready device, for as long as a session runs on this node: it watches it, seals its credentials,
 * sends through it. A session has one device at a time. No method throws.
 */
export interface DeviceService {
  /** The page says that the session is ready. It may say so again of the same device. */
  onReady(ready: ReadyDevice): void;
  /** The device is lost, ready or not: nothing more can be asked of it. Once for each device. */
  onLost(cause: LossCause): void;
  /** The device, lost or not, is about to be closed. */
  onClosing(): void;
  /** The session does not run here any more: starts nothing, and breaks off what is under way. */
  end(): void;
}
