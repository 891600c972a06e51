import { randomInt } from 'node:crypto';
import { Account, type Device } from './account.ts';
import type { MediaFiles } from './media-files.ts';
import type { Greeting, Posted, Verb } from './protocol.ts';
import type { ServedPage } from './served-page.ts';

/** Without the letters and digits that look alike. */
const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTVWXYZ123456789';

interface PairingRequest {
  readonly page: ServedPage;
  readonly phoneNumber: string;
  readonly advSecret: string;
  isReplaced: boolean;
}

/** A group as the server knows it. */
export interface GroupRecord {
  readonly subject: string;
  readonly participants: readonly { readonly id: string; readonly lid: string | null; readonly isAdmin: boolean }[];
}

/** The answer to an older copy of a login, which lacks the state that the device has reached since. */
export type OlderState = 'log_out' | 'accept';

/** The state of WhatsApp's servers: accounts, linked devices, loaded pages. Answers the posts of pages. */
export class SimulatedWhatsApp {
  readonly pages: ServedPage[] = [];
  readonly pairingCodes = new Map<string, PairingRequest>();
  readonly #accounts = new Map<string, Account>();
  readonly maxDevices: number;
  readonly files: MediaFiles;
  /** Numbers and LIDs (`…@c.us`, `…@lid`) that are not on WhatsApp; everybody else is. */
  readonly unregistered = new Set<string>();
  /** The LID of a number, where WhatsApp tells of it. */
  readonly lids = new Map<string, string>();
  readonly groups = new Map<string, GroupRecord>();
  readonly #olderState: OlderState;

  constructor(olderState: OlderState, maxDevices: number, files: MediaFiles) {
    this.#olderState = olderState;
    this.files = files;
    this.maxDevices = maxDevices;
  }

  account(number: string, name = `Phone ${number}`): Account {
    const account = this.#accounts.get(number) ?? new Account(number, name);
    this.#accounts.set(number, account);
    return account;
  }

  page(id: string): ServedPage | undefined {
    return this.pages.find((page) => page.id === id);
  }

  /** The answers to the posts of pages, by the verbs of the protocol. */
  readonly answers: { readonly [V in Verb]: (page: ServedPage, posted: Posted<V>) => unknown } = {
    hello: (page, { noiseKey, identityKey, login }): Greeting => {
      page.keys = { noise: noiseKey, identity: identityKey };
      if (login === null) {
        page.showRefs();
        return { kind: 'unpaired' };
      }
      const device = this.#device(login.deviceId);
      if (device === undefined || !device.provedBy(page, login.signature)) return { kind: 'logged_out' };
      if (login.generation < device.generation && this.#olderState === 'log_out') {
        device.account.unlink(device);
        return { kind: 'logged_out' };
      }
      page.device = device;
      return device.connect(page);
    },
    refresh: (page) => page.showRefs(),
    code: (page, { phoneNumber, advSecret }) => {
      const former = [...this.pairingCodes.values()].filter((request) => request.page === page);
      const refusesFrom = { rate_limited: 0, given_once: 1, given: Infinity }[page.settings.pairingCode];
      if (former.length >= refusesFrom) return { kind: 'rate_limited' };
      for (const request of former) request.isReplaced = true;
      const code = Array.from({ length: 8 }, () => CODE_ALPHABET.charAt(randomInt(CODE_ALPHABET.length))).join('');
      this.pairingCodes.set(code, { page, phoneNumber, advSecret, isReplaced: false });
      return { kind: 'given', code };
    },
    paired: (page, { accepted }) => {
      const { device } = page;
      const { pairing } = page;
      if (device === null || pairing === null || !accepted) {
        pairing?.settle(false);
        return { kind: 'refused' };
      }
      device.account.devices.set(device.id, device);
      const greeting = device.connect(page);
      pairing.settle(true);
      return greeting;
    },
    synced: (page) => page.reached('synced'),
    received: ({ device }, { id, generation }) => {
      device?.received(id);
      this.#grow(device, generation);
    },
    sent: ({ device }, { id, to, body, type, timestamp, extra, generation }) => {
      if (device === null || device.isUnlinked) return { kind: 'refused', code: 401, until: null };
      this.#grow(device, generation);
      return device.account.take({ id, to, body, type, timestamp, extra, deviceId: device.id, ack: 0 });
    },
    action: ({ device }, { kind, data }) => void device?.account.actions.push({ kind, data }),
    exists: (_page, { wid }) => {
      if (this.unregistered.has(wid)) return null;
      const [phoneNumber] = [...this.lids].find(([number, lid]) => number === wid || lid === wid) ?? [];
      return { phoneNumber: phoneNumber ?? null, lid: phoneNumber === undefined ? null : this.lids.get(phoneNumber) };
    },
    logout: ({ device }) => {
      if (device !== null) device.account.unlink(device);
    },
    query: (page, { about }) => {
      page.queries.push(about);
      return this.groups.get(about) ?? null;
    },
    takeover: (page) => {
      page.device?.connect(page);
      page.setState('CONNECTED');
    },
  };

  #device(id: string): Device | undefined {
    for (const account of this.#accounts.values()) {
      const device = account.devices.get(id);
      if (device !== undefined) return device;
    }
    return undefined;
  }

  #grow(device: Device | null, generation: number): void {
    if (device !== null) device.generation = Math.max(device.generation, generation);
  }
}
