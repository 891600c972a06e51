import type { SessionAddress } from '../../domain/session.ts';
import type { Fault } from '../../whatsapp/device.ts';

/** Whose credentials are kept, for how long they are ours, and who hears of them. */
export interface KeptSession {
  readonly address: SessionAddress;
  /** The owner's epoch. */
  readonly epoch: number;
  /** Rejects with `FencedError` when somebody newer owns the session. */
  readonly confirm: () => Promise<void>;
  readonly onSealed: () => void;
  /** The vault holds nothing of a login that it was to hold. */
  readonly onMissing: () => void;
  /** Something that a person should know, and that changes nothing. */
  readonly onFault: (fault: Fault) => void;
  /** A failure that only the log hears of. */
  readonly onError: (error: Error) => void;
}
