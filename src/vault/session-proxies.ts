import type { Redis } from 'ioredis';

import { parseProxy, type Proxy } from '../domain/proxy.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { AddressRefusedError, resolveBySystem, type AddressGuard } from '../host/outbound/address-guard.ts';
import type { ProxyRoute } from '../host/outbound/proxy-connection.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import type { KeyRing } from './key-ring.ts';

interface SessionProxiesOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly ring: Pick<KeyRing, 'protect' | 'reveal'>;
  /** Of sessions that have none of their own: the operator's, which may be anywhere. */
  readonly everybodys: Proxy | null;
  /** Says where the proxies of sessions may be. */
  readonly guard: Pick<AddressGuard, 'resolve'>;
  /** Certificates that `https` proxies are trusted by, beside the system's. */
  readonly ca?: string | undefined;
}

/** The proxies of sessions: their URLs hold passwords, so they are sealed, each for its own session. */
export class SessionProxies {
  readonly #options: SessionProxiesOptions;

  constructor(options: SessionProxiesOptions) {
    this.#options = options;
  }

  /** What the session's page goes through; `null`: it goes straight. Rejects with the ring's errors where no key fits. */
  async of(address: SessionAddress): Promise<ProxyRoute | null> {
    const { everybodys, guard, ca } = this.#options;
    const url = await this.#own(address);
    const own = url === null ? null : parseProxy(url);
    if (own !== null) return { proxy: own, resolve: (hostname) => guard.resolve(hostname), ca };
    return everybodys === null ? null : { proxy: everybodys, resolve: resolveBySystem, ca };
  }

  /**
   * What is to be written so that the session has this proxy from now on: the sealed URL, an empty string for none;
   * `undefined` when it has it already. Rejects with an `AddressRefusedError` where a proxy must not be.
   */
  async sealedChange(address: SessionAddress, url: string | null): Promise<string | undefined> {
    // One that no key opens any more is written anew.
    const present = await this.#own(address).catch(() => undefined);
    if (present === url) return undefined;
    if (url !== null) await this.#admit(url);
    return url === null ? '' : this.#options.ring.protect(Buffer.from(url), bindingOf(address));
  }

  /** A name that does not resolve now passes: it is looked up again at each connection. */
  async #admit(url: string): Promise<void> {
    const proxy = parseProxy(url);
    if (proxy === null) throw new AddressRefusedError('That is no proxy.');
    await this.#options.guard.resolve(proxy.host).catch((error: unknown) => {
      if (error instanceof AddressRefusedError) throw error;
    });
  }

  async #own(address: SessionAddress): Promise<string | null> {
    const { redis, keys, ring } = this.#options;
    const sealed = await reachStore(() => redis.get(keys.proxy(sessionKey(address))));
    return sealed === null ? null : (await ring.reveal(sealed, bindingOf(address))).toString();
  }
}

const bindingOf = ({ userId, id }: SessionAddress) => ({ purpose: 'proxy', user: userId, session: id });
