import type { Capabilities, PageCounts } from '../domain/message.ts';
import { ensureError, SupervisorError } from '../domain/errors.ts';
import type { CallForOwner, OwnerAnswer } from '../store/call-channel.ts';
import type { CallName, DeviceCalls } from '../whatsapp/device-calls.ts';
import type { LinkedDevice } from '../whatsapp/device.ts';

/** What may be asked from afar. What goes out as a message is not among it: only the outbox sends. */
export const REMOTE_CALLS = [
  'act',
  'resolve',
  'mediaOpen',
  'mediaRead',
  'mediaClose',
  'chats',
  'groups',
  'group',
  'contacts',
] as const satisfies readonly CallName[];
export type RemoteCallName = (typeof REMOTE_CALLS)[number];

interface ReadyEntry {
  readonly epoch: number;
  readonly device: Pick<LinkedDevice, 'call'>;
  /** What its page can be used for; `null` where the page did not say. */
  readonly capabilities: Capabilities | null;
  /** Rejects when the session is not this node's any more. */
  readonly confirm: () => Promise<void>;
  /** Media that is being read, by its handle, and what ends it when nobody goes on. */
  readonly transfers: Map<string, NodeJS.Timeout>;
}

/** Transfers of media at once. */
const TRANSFERS = { session: 2, node: 4 };
/** Nobody has read on for this long: the reader is gone. */
const ABANDONED_MS = 60_000;

/** The ready devices of this node, for what API processes ask of them. */
export class ReadyDevices {
  readonly #ready = new Map<string, ReadyEntry>();
  readonly #countMedia: (bytes: number) => void;

  /** @param countMedia hears how many bytes of media came in */
  constructor(countMedia: (bytes: number) => void) {
    this.#countMedia = countMedia;
  }

  add(key: string, entry: Omit<ReadyEntry, 'transfers'>): void {
    this.remove(key);
    this.#ready.set(key, { ...entry, transfers: new Map() });
  }

  remove(key: string): void {
    for (const timer of this.#ready.get(key)?.transfers.values() ?? []) clearTimeout(timer);
    this.#ready.delete(key);
  }

  /** How many pages are ready, and how many of them can be used for what. */
  pages(): PageCounts {
    const said = [...this.#ready.values()].flatMap(({ capabilities }) => capabilities ?? []);
    const count = (name: keyof Capabilities): number => said.filter((one) => one[name]).length;
    return {
      ready: said.length,
      receive: count('receive'),
      send: count('send'),
      media: count('media'),
      chats: count('chats'),
    };
  }

  /** Answers a call that came from afar. Does not reject. */
  async serve({ key, epoch, name, request }: CallForOwner, signal: AbortSignal): Promise<OwnerAnswer> {
    const entry = this.#ready.get(key);
    const call = REMOTE_CALLS.find((one) => one === name);
    if (entry === undefined || entry.epoch !== epoch || call === undefined) return { kind: 'not_here' };
    try {
      if (call !== 'mediaRead' && call !== 'mediaClose') await entry.confirm();
      if (call === 'mediaOpen' && this.#isBusy(entry)) return { kind: 'busy' };
      // Both ends are of the same service: the name says which request it is.
      const result = await entry.device.call(call, request as DeviceCalls[typeof call]['request'], signal);
      this.#watchTransfer(entry, call, request, result);
      return { kind: 'result', result };
    } catch (error) {
      if (error instanceof SupervisorError && error.code === 'FENCED') return { kind: 'not_here' };
      return { kind: 'failed', why: error instanceof SupervisorError ? error.message : ensureError(error).name };
    }
  }

  #isBusy(entry: ReadyEntry): boolean {
    const onNode = [...this.#ready.values()].reduce((sum, { transfers }) => sum + transfers.size, 0);
    return entry.transfers.size >= TRANSFERS.session || onNode >= TRANSFERS.node;
  }

  #watchTransfer(entry: ReadyEntry, call: RemoteCallName, request: unknown, result: unknown): void {
    const handle = handleOf(call === 'mediaOpen' ? result : request);
    if (handle === null || !call.startsWith('media')) return;
    clearTimeout(entry.transfers.get(handle));
    entry.transfers.delete(handle);
    if (typeof result === 'object' && result !== null && 'piece' in result && result.piece instanceof Uint8Array)
      this.#countMedia(result.piece.byteLength);
    if (call === 'mediaClose') return;
    const close = (): void => {
      entry.transfers.delete(handle);
      entry.device.call('mediaClose', { handle }, AbortSignal.timeout(5_000)).catch(() => undefined);
    };
    entry.transfers.set(handle, setTimeout(close, ABANDONED_MS).unref());
  }
}

function handleOf(value: unknown): string | null {
  const isNamed = typeof value === 'object' && value !== null && 'handle' in value;
  return isNamed && typeof value.handle === 'string' ? value.handle : null;
}
