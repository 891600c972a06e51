import type { DeviceKeys } from './codes.ts';
import type { SimulatedCredentials } from './credentials.ts';
import type { Loss } from './faults.ts';

/** Where a simulated device stands. */
export type Phase =
  | { readonly kind: 'launching' | 'unlinked' | 'closed' }
  | { readonly kind: 'showing_qr'; readonly keys: DeviceKeys; readonly code: string }
  | { readonly kind: 'showing_code'; readonly phoneNumber: string; readonly code: string }
  | { readonly kind: 'linked'; readonly credentials: SimulatedCredentials; readonly synced: boolean }
  | { readonly kind: 'lost'; readonly loss: Loss };
