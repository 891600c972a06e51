import { sessionKey, type SessionAddress } from '../domain/session.ts';
import type { LinkedDevice } from '../whatsapp/device.ts';
import type { CreateInbox, InboxSession } from './create-inbox.ts';
import type { Inbox } from './inbox.ts';
import type { ReadyDevices } from './ready-devices.ts';

interface MessagingParts {
  readonly createInbox: CreateInbox;
  readonly devices: ReadyDevices;
}

/** Whose messages they are, and for how long the session is ours. */
interface MessagingSession extends Omit<InboxSession, 'takeAcks'> {
  readonly address: SessionAddress;
  /** The owner's epoch. */
  readonly epoch: number;
  /** Rejects when the session is, or may be, somebody else's. */
  readonly confirm: () => Promise<void>;
}

export type CreateMessaging = (session: MessagingSession) => SessionMessaging;

/** Makes what works on the messages of each session. */
export function createSessionMessaging(parts: MessagingParts): CreateMessaging {
  return (session) => new SessionMessaging(session, parts);
}

/** All that works on the messages of one session, beside its ready device. */
export class SessionMessaging {
  readonly #session: MessagingSession;
  readonly #devices: ReadyDevices;
  readonly #inbox: Inbox;
  readonly #key: string;

  constructor(session: MessagingSession, { createInbox, devices }: MessagingParts) {
    this.#session = session;
    this.#devices = devices;
    this.#key = sessionKey(session.address);
    this.#inbox = createInbox({ ...session, takeAcks: async () => {} });
  }

  onReady(ready: { readonly number: number; readonly device: Pick<LinkedDevice, 'call'> }): void {
    const { epoch, confirm } = this.#session;
    this.#devices.add(this.#key, { epoch, confirm, device: ready.device });
    this.#inbox.onReady(ready);
  }

  /** The phone has linked the device just now. */
  onScanned(): void {
    this.#inbox.onScanned();
  }

  /** The page has heard something. */
  ring(): void {
    this.#inbox.ring();
  }

  onLost(): void {
    this.#devices.remove(this.#key);
    this.#inbox.onLost();
  }

  onClosing(): void {
    this.#devices.remove(this.#key);
    this.#inbox.onClosing();
  }

  end(): void {
    this.#devices.remove(this.#key);
    this.#inbox.end();
  }
}
