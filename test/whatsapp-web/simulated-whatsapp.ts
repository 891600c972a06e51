import { randomInt } from 'node:crypto';
import { Account, type Device } from './account.ts';
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

/** The answer to an older copy of a login, which lacks the state that the device has reached since. */
export type OlderState = 'log_out' | 'accept';

/** The state of WhatsApp's servers: accounts, linked devices, loaded pages. Answers the posts of pages. */
export class SimulatedWhatsApp {
  readonly pages: ServedPage[] = [];
  readonly pairingCodes = new Map<string, PairingRequest>();
  readonly #accounts = new Map<string, Account>();
  readonly maxDevices: number;
  readonly #olderState: OlderState;

  constructor(olderState: OlderState, maxDevices: number) {
    this.#olderState = olderState;
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
    sent: ({ device }, { id, to, body, type, timestamp, generation }) => {
      if (device === null || device.isUnlinked) return { kind: 'refused' };
      this.#grow(device, generation);
      device.account.record({ id, to, body, type, timestamp, deviceId: device.id, ack: 0 });
      return { kind: 'taken' };
    },
    logout: ({ device }) => {
      if (device !== null) device.account.unlink(device);
    },
    query: (page, { about }) => void page.queries.push(about),
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
