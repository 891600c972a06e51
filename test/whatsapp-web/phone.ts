import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, Device, type DoneAction, type SentMessage, type Treatment } from './account.ts';
import type { MediaFile, Shelf } from './media-files.ts';
import type { ChatMessage, Happening } from './protocol.ts';
import type { ServedPage } from './served-page.ts';
import type { WebPage } from './web-page.ts';
import type { SimulatedWhatsApp } from './simulated-whatsapp.ts';

export type Refusal =
  /** Not five fields with a ref in front: for instance the `undefined,…` after a scan. */
  | 'not_a_code'
  /** No page has ever shown it. */
  | 'unknown'
  /** Shown once, not now. */
  | 'expired'
  /** The keys in the code are not the page's. */
  | 'wrong_keys'
  /** Another phone is on it. */
  | 'taken'
  /** The pairing code was made for another number. */
  | 'wrong_number'
  | 'too_many_devices'
  /** The page took the scan and gave no sign in time. */
  | 'no_answer';

/** The reason for which the phone does not link. */
export class LinkRefusedError extends Error {
  override readonly name = 'LinkRefusedError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`The phone does not link this: ${refusal}`);
    this.refusal = refusal;
  }
}

export interface DeviceLink {
  readonly id: string;
  readonly linkedAt: Date;
  /** Whether its page is connected now. */
  readonly isConnected: boolean;
  /** The page that holds the login, or held it last. */
  readonly page: WebPage | null;
  /** Messages that wait for it. */
  readonly undelivered: number;
  /** How often another browser came with the same login while one was connected. */
  readonly conflicts: number;
}

export interface Incoming {
  /** Digits of the sender's number, or a LID (`…@lid`). */
  readonly from: string;
  /** The sender's other id, where WhatsApp tells of both. */
  readonly alternate?: string;
  readonly text: string;
  /** Id of a group (`…@g.us`) it was written in. */
  readonly group?: string;
  /** @defaultValue `chat` */
  readonly type?: string;
  /** A file that {@link Phone.sendsFile} has uploaded, or one that nobody can fetch. */
  readonly media?: { readonly mimetype: string; readonly file?: MediaFile; readonly filename?: string };
  /** Of the page's own attributes, such as `quotedStanzaID`. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Phone {
  readonly number: string;
  readonly name: string;
  /**
   * Scans a QR code. Resolves once the page has the login in its own storage. Rejects with {@link LinkRefusedError}.
   * @param timeoutMs for the page's answer. Default 15 000.
   */
  scan(qr: string, timeoutMs?: number): Promise<DeviceLink>;
  /** Enters a pairing code; else as `scan`. */
  enterPairingCode(code: string, timeoutMs?: number): Promise<DeviceLink>;
  /** Linked devices, oldest first. */
  devices(): readonly DeviceLink[];
  /** Sends a message to every linked device; a device that is away gets it when it connects. Returns the message. */
  receives(message: Incoming): ChatMessage;
  /** Uploads a file of its own, for a message to come: bytes, or the path of a file. Its id is that of the message. */
  uploads(mimetype: string, source: Uint8Array | string): Promise<MediaFile>;
  /** Writes to somebody itself: linked devices are told of it. */
  writes(message: { readonly to: string; readonly text: string }): ChatMessage;
  /** Something happens to a message that is there, or somebody calls. */
  happens(what: Happening): void;
  /** Whether the server has a message's file. */
  shelves(id: string, shelf: Shelf): void;
  /** The messages that linked devices have sent, in order. */
  sent(): readonly SentMessage[];
  /** Hears of each message that a linked device sends, as the server takes it. */
  onSent(hear: (message: SentMessage) => void): void;
  /** The ids of all that was posted, in order, and as often as it was. */
  arrivals(): readonly string[];
  /** The file of a message that a linked device has sent. */
  fileOf(message: SentMessage): MediaFile;
  /** What linked devices did to messages and chats, in order. */
  actions(): readonly DoneAction[];
  /** How the server treats the next messages that are sent, or with `times` of Infinity all of them. */
  treats(treatment: Treatment, times?: number): void;
  /** Acknowledges a sent message: 2 delivered, 3 read, -1 refused; in any order. Throws when there is none of this id. */
  acknowledges(id: string, ack: -1 | 1 | 2 | 3 | 4): void;
  /** Up to which ack the server answers by itself. Default 1; 0 is silence. */
  acknowledgeAutomatically(ack: 0 | 1 | 2 | 3): void;
  /**
   * Unlinks all devices, connected or not. A connected page leaves to `post_logout=1`, or with `shows: 'unpaired'` only
   * says UNPAIRED, as WhatsApp Web sometimes does. One that is away learns of it when it next connects.
   */
  logout(options?: { readonly shows?: 'leaving' | 'unpaired' }): void;
}

const newId = (): string => `3A${randomBytes(9).toString('hex').toUpperCase()}`;

const mediaOf = ({ mimetype, file, filename }: NonNullable<Incoming['media']>) => ({
  mimetype,
  ...(file === undefined ? {} : { size: file.size, sha256: file.sha256 }),
  ...(filename === undefined ? {} : { filename }),
});

export function createPhone(account: Account, whatsapp: SimulatedWhatsApp): Phone {
  const view = (device: Device): DeviceLink => ({
    id: device.id,
    linkedAt: device.linkedAt,
    get isConnected() {
      return device.page?.isConnected ?? false;
    },
    get page() {
      return device.page;
    },
    get undelivered() {
      return device.inbox.length;
    },
    get conflicts() {
      return device.conflicts;
    },
  });

  async function link(page: ServedPage, advSecret: string, timeoutMs: number): Promise<DeviceLink> {
    if (page.keys === null || !page.isConnected) throw new LinkRefusedError('expired');
    if (page.pairing !== null) throw new LinkRefusedError('taken');
    if (account.devices.size >= whatsapp.maxDevices) throw new LinkRefusedError('too_many_devices');
    const device = new Device(account, page.keys.noise);
    const answer = new Promise<boolean>((resolve) => {
      page.pairing = { settle: resolve };
    });
    page.device = device;
    page.hideRefs();
    // The page believes only who knows the secret in its code.
    const mac = createHmac('sha256', Buffer.from(advSecret, 'base64'))
      .update(page.keys.identity)
      .update(device.id)
      .digest('base64');
    page.push({ type: 'pair', identity: device.identity, mac });
    const timer = new AbortController();
    const verdict = await Promise.race([
      answer,
      delay(timeoutMs, 'late' as const, { signal: timer.signal, ref: false }),
    ]);
    timer.abort();
    page.pairing = null;
    if (verdict === true) return view(device);
    if (page.device === device) page.device = null;
    account.unlink(device);
    throw new LinkRefusedError(verdict === 'late' || !page.isConnected ? 'no_answer' : 'wrong_keys');
  }

  return {
    number: account.number,
    name: account.name,
    async scan(qr, timeoutMs = 45_000) {
      const [ref, noise, identity, advSecret, platform] = qr.split(',');
      if (!ref?.startsWith('2@') || advSecret === undefined || platform === undefined)
        throw new LinkRefusedError('not_a_code');
      const page = whatsapp.pages.find(({ shown }) => shown.has(ref));
      if (page === undefined) throw new LinkRefusedError('unknown');
      if (page.pairing !== null) throw new LinkRefusedError('taken');
      if (page.ref !== ref) throw new LinkRefusedError('expired');
      if (page.keys?.noise !== noise || page.keys?.identity !== identity) throw new LinkRefusedError('wrong_keys');
      return link(page, advSecret, timeoutMs);
    },
    async enterPairingCode(code, timeoutMs = 45_000) {
      const asked = whatsapp.pairingCodes.get(code.replaceAll('-', '').toUpperCase());
      if (asked === undefined) throw new LinkRefusedError('unknown');
      if (asked.isReplaced) throw new LinkRefusedError('expired');
      if (asked.phoneNumber !== account.number) throw new LinkRefusedError('wrong_number');
      return link(asked.page, asked.advSecret, timeoutMs);
    },
    devices: () => [...account.devices.values()].map(view),
    receives({ from, alternate, text, group, type = 'chat', media, extra }) {
      const sender = from.includes('@') ? from : `${from}@c.us`;
      const message: ChatMessage = {
        id: media?.file?.id ?? newId(),
        chat: group ?? sender,
        from: group ?? sender,
        to: `${account.number}@c.us`,
        author: group === undefined ? null : sender,
        body: text,
        type,
        timestamp: Math.floor(Date.now() / 1000),
        media: media === undefined ? null : mediaOf(media),
        ...(alternate === undefined ? {} : { alternate }),
        ...(extra === undefined ? {} : { extra }),
      };
      for (const device of account.devices.values()) device.deliver(message);
      return message;
    },
    uploads: (mimetype, source) => whatsapp.files.add(newId(), mimetype, source),
    writes({ to, text }) {
      const chat = to.includes('@') ? to : `${to}@c.us`;
      const message: ChatMessage = {
        id: newId(),
        chat,
        from: `${account.number}@c.us`,
        to: chat,
        author: null,
        body: text,
        type: 'chat',
        timestamp: Math.floor(Date.now() / 1000),
        media: null,
        direction: 'out',
      };
      for (const device of account.devices.values()) device.deliver(message);
      return message;
    },
    happens(what) {
      for (const device of account.devices.values()) device.happened(what);
    },
    shelves: (id, shelf) => whatsapp.files.shelve(id, shelf),
    sent: () => [...account.sent],
    onSent(hear) {
      account.hearSent = hear;
    },
    arrivals: () => [...account.arrivals],
    fileOf({ extra }) {
      const file = whatsapp.files.get(String(extra['directPath']).slice('/v/'.length));
      if (file === undefined) throw new Error('That message has no file');
      return file;
    },
    actions: () => [...account.actions],
    treats(treatment, times = 1) {
      if (times === Infinity) account.treatment = treatment;
      else for (let each = 0; each < times; each += 1) account.treatments.push(treatment);
    },
    acknowledges(id, ack) {
      if (!account.acknowledge(id, ack)) throw new Error(`No message ${id} was sent by ${account.number}`);
    },
    acknowledgeAutomatically(ack) {
      account.autoAck = ack;
    },
    logout({ shows = 'leaving' } = {}) {
      for (const device of account.devices.values()) {
        account.unlink(device);
        if (shows === 'leaving') device.page?.push({ type: 'logout' });
        else device.page?.setState('UNPAIRED');
      }
    },
  };
}
