import type { Capabilities } from '../domain/message.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import type { LinkedDevice } from '../whatsapp/device.ts';
import type { CreateInbox, InboxSession } from './create-inbox.ts';
import type { CreateOutbox } from './create-outbox.ts';
import type { Outbox } from './outbox.ts';
import type { Inbox } from './inbox.ts';
import type { ReadyDevices } from './ready-devices.ts';

interface MessagingParts {
  readonly createInbox: CreateInbox;
  readonly createOutbox: CreateOutbox;
  readonly devices: ReadyDevices;
}

/** Whose messages they are, and for how long the session is ours. */
interface MessagingSession extends Omit<InboxSession, 'takeAcks' | 'onTaken'> {
  readonly address: SessionAddress;
  /** The owner's epoch. */
  readonly epoch: number;
  /** Rejects when the session is, or may be, somebody else's. */
  readonly confirm: () => Promise<void>;
  /** Throws when the lease is, or may be, over. */
  readonly checkLease: () => void;
  /** From when on the profile has seen everything (ms since 1970); `null`: nobody knows. */
  readonly profileSince: () => number | null;
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
  readonly #outbox: Outbox;
  readonly #key: string;

  constructor(session: MessagingSession, { createInbox, createOutbox, devices }: MessagingParts) {
    this.#session = session;
    this.#devices = devices;
    this.#key = sessionKey(session.address);
    const outbox = createOutbox(session);
    this.#outbox = outbox;
    this.#inbox = createInbox({
      ...session,
      takeAcks: (acks) => outbox.takeAcks(acks),
      onTaken: (items) => outbox.notice(items),
    });
  }

  onReady(ready: {
    readonly number: number;
    readonly device: Pick<LinkedDevice, 'call'>;
    readonly phoneNumber: string;
    readonly capabilities: Capabilities | null;
  }): void {
    const { epoch, confirm } = this.#session;
    this.#devices.add(this.#key, { epoch, confirm, device: ready.device, capabilities: ready.capabilities });
    this.#inbox.onReady(ready);
    this.#outbox.onReady(ready);
  }

  /** The phone has linked the device just now. */
  onScanned(): void {
    this.#inbox.onScanned();
  }

  /** Resolves when what was just handed to the page has come to its end. Never rejects. */
  settled(): Promise<unknown> {
    return this.#outbox.settled();
  }

  /** The page has heard something. */
  ring(): void {
    this.#inbox.ring();
  }

  onLost(): void {
    this.#devices.remove(this.#key);
    this.#inbox.onLost();
    this.#outbox.onLost();
  }

  onClosing(): void {
    this.#devices.remove(this.#key);
    this.#inbox.onClosing();
    this.#outbox.onClosing();
  }

  end(): void {
    this.#devices.remove(this.#key);
    this.#inbox.end();
    this.#outbox.end();
  }
}
