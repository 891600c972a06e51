import { createPublicKey, randomBytes, verify } from 'node:crypto';
import type { ChatMessage, Greeting, Happening, Identity, Push, SentAnswer } from './protocol.ts';
import type { Moment } from './settings.ts';
import type { WebPage } from './web-page.ts';

/** A message that a linked page sent. `ack`: 1 the server has it, 2 delivered, 3 read. */
export interface SentMessage {
  readonly id: string;
  readonly to: string;
  readonly body: string;
  readonly type: string;
  readonly deviceId: string;
  readonly timestamp: number;
  readonly ack: number;
  /** What only some messages have, by the names of the page's own attributes. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Something that a linked page did to a message or a chat, as it told the server. */
export interface DoneAction {
  readonly kind: string;
  readonly data: Readonly<Record<string, string>>;
}

/** How the server treats what it is sent. `forget`: it says that it has it, and has not. */
export type Treatment =
  | { readonly kind: 'take' }
  | { readonly kind: 'forget' }
  | { readonly kind: 'refuse'; readonly code: number; readonly until: number | null };

/** DER head of an Ed25519 public key; the 32 raw bytes follow. */
const ED25519_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** A page as the device behind it knows it. */
interface DevicePage extends WebPage {
  readonly nonce: string;
  readonly keys: { readonly noise: string } | null;
  push(push: Push): void;
  reached(moment: Moment): void;
}

/** A browser that an account has linked. */
export class Device {
  readonly id = randomBytes(6).toString('hex');
  readonly linkedAt = new Date();
  readonly account: Account;
  /** How often the device's own state has changed, as it last told. It must never come back with less. */
  generation = 0;
  isUnlinked = false;
  /** How often it connected while another browser held the same login. */
  conflicts = 0;
  page: DevicePage | null = null;
  readonly inbox: ChatMessage[] = [];
  /** Acks that found it away. */
  #missed: Push[] = [];
  readonly #noiseKey: string;

  constructor(account: Account, noiseKey: string) {
    this.account = account;
    this.#noiseKey = noiseKey;
  }

  get identity(): Identity {
    const { number, name } = this.account;
    return { deviceId: this.id, wid: `${number}@c.us`, lid: `${number.split('').toReversed().join('')}@lid`, name };
  }

  /** Whether the page holds the private key of this device: it signed the page's nonce. */
  provedBy(page: DevicePage, signature: string): boolean {
    const key = createPublicKey({
      key: Buffer.concat([ED25519_HEAD, Buffer.from(this.#noiseKey, 'base64')]),
      format: 'der',
      type: 'spki',
    });
    return (
      page.keys?.noise === this.#noiseKey &&
      verify(null, Buffer.from(page.nonce, 'base64'), key, Buffer.from(signature, 'base64'))
    );
  }

  /** Takes a page as this device's own. An older page of another browser gets the conflict. */
  connect(page: DevicePage): Greeting {
    const older = this.page;
    if (older !== null && older !== page && older.isConnected && older.browserPid !== page.browserPid) {
      this.conflicts += 1;
      older.setState('CONFLICT');
    }
    this.page = page;
    page.reached('linked');
    for (const push of this.#missed) page.push(push);
    this.#missed = [];
    return { kind: 'connected', identity: this.identity, backlog: [...this.inbox] };
  }

  deliver(message: ChatMessage): void {
    this.inbox.push(message);
    this.page?.push({ type: 'message', message });
  }

  acknowledge(id: string, ack: number): void {
    this.#tell({ type: 'ack', id, ack });
  }

  happened(what: Happening): void {
    this.#tell({ type: 'happened', what });
  }

  #tell(push: Push): void {
    if (this.page?.isConnected === true) this.page.push(push);
    else this.#missed.push(push);
  }

  received(id: string): void {
    const index = this.inbox.findIndex((message) => message.id === id);
    if (index >= 0) this.inbox.splice(index, 1);
  }
}

/** A WhatsApp account: its phone, its linked devices, its messages. */
export class Account {
  readonly number: string;
  name: string;
  /** The ack that the server gives by itself to what a device sends. */
  autoAck = 1;
  readonly devices = new Map<string, Device>();
  readonly sent: SentMessage[] = [];
  /** Every post of a message, repeated ones too. */
  readonly arrivals: string[] = [];
  hearSent: (message: SentMessage) => void = () => undefined;
  readonly actions: DoneAction[] = [];
  /** For what is sent next, and for all after that. */
  readonly treatments: Treatment[] = [];
  treatment: Treatment = { kind: 'take' };

  constructor(number: string, name: string) {
    this.number = number;
    this.name = name;
  }

  take(message: SentMessage): SentAnswer {
    this.arrivals.push(message.id);
    const treatment = this.treatments.shift() ?? this.treatment;
    switch (treatment.kind) {
      case 'forget':
        return { kind: 'taken' };
      case 'refuse':
        return { kind: 'refused', code: treatment.code, until: treatment.until };
      case 'take': {
        // A page repeats what it is not sure has arrived.
        if (!this.sent.some(({ id }) => id === message.id)) {
          this.sent.push(message);
          this.hearSent(message);
        }
        for (let ack = 1; ack <= this.autoAck; ack += 1) this.acknowledge(message.id, ack);
        return { kind: 'taken' };
      }
    }
  }

  /** Returns whether there is such a message. */
  acknowledge(id: string, ack: number): boolean {
    const index = this.sent.findIndex((message) => message.id === id);
    const message = this.sent[index];
    if (message === undefined) return false;
    this.sent[index] = { ...message, ack: Math.max(ack, message.ack) };
    this.devices.get(message.deviceId)?.acknowledge(id, ack);
    return true;
  }

  unlink(device: Device): void {
    device.isUnlinked = true;
    this.devices.delete(device.id);
  }
}
