import { mkdir } from 'node:fs/promises';

import type { Clock } from '../../domain/clock.ts';
import type { Credentials } from '../../domain/credentials.ts';
import { withDeadline } from '../../domain/deadline.ts';
import { ensureError } from '../../domain/errors.ts';
import { sessionKey } from '../../domain/session.ts';
import { InTurn } from '../../vault/in-turn.ts';
import { UnprovenCredentialsError } from '../../vault/errors.ts';
import type { Vault } from '../../vault/vault.ts';
import type { LinkedDevice, LossCause } from '../../whatsapp/device.ts';
import type { DeviceService, ReadyDevice } from '../session/device-service.ts';
import type { KeptSession } from './kept-session.ts';
import { demandBrowser } from './browser-age.ts';
import { CredentialKeeperError } from './credential-keeper-error.ts';
import { chooseProfile } from './profile-choice.ts';
import { openedManifest, readManifest, writeManifest, type ProfileManifest } from './profile-manifest.ts';
import { eraseQuarantined, quarantinedNextTo } from './quarantined-profiles.ts';
import { SealSchedule, type SealPace } from './seal-schedule.ts';

/** What a session's keeper needs of the vault. */
export type CredentialVault = Pick<Vault, 'seal' | 'restore' | 'newest' | 'forget'>;

/** What the keepers of a node work with. */
interface KeeperParts {
  readonly vault: CredentialVault;
  readonly pace: SealPace;
  readonly clock: Clock;
}

interface CredentialKeeperOptions extends KeeperParts, KeptSession {
  readonly credentials: Credentials;
}

export type CreateCredentialKeeper = (session: KeptSession) => CredentialKeeper;

/** Makes the keeper of each session; `credentialsOf` gives those of the session with this key. */
export function createCredentialKeeper(
  parts: KeeperParts & { readonly credentialsOf: (key: string) => Credentials },
): CreateCredentialKeeper {
  return (session) =>
    new CredentialKeeper({ ...parts, ...session, credentials: parts.credentialsOf(sessionKey(session.address)) });
}

/** Losses that may be the fault of what lies in the profile. */
const NO_BOOT: ReadonlySet<LossCause> = new Set([
  'browser_crashed',
  'page_crashed',
  'page_unresponsive',
  'launch_timeout',
]);

/**
 * Keeps the login of one session: gives each browser the best profile there is, seals it while the browser runs and
 * when it has closed, and lets no plain copy lie about that is sealed. What concerns the profile happens one after the
 * other.
 */
export class CredentialKeeper implements DeviceService {
  readonly #options: CredentialKeeperOptions;
  readonly #schedule: SealSchedule;
  readonly #turns = new InTurn();
  readonly #ending = new AbortController();
  #manifest: ProfileManifest | null = null;
  /** The one that was ready last. */
  #device: Pick<LinkedDevice, 'call'> | null = null;
  #newest: string | null = null;
  /** What was sealed last, as it looked then. */
  #sealed: string | null = null;
  /** What the last browser left: only what was ready and closed in order is worth sealing. */
  #left: 'nothing' | 'credentials' | 'stale' | 'wreckage' = 'nothing';

  constructor(options: CredentialKeeperOptions) {
    this.#options = options;
    this.#schedule = new SealSchedule({
      clock: options.clock,
      pace: options.pace,
      seal: (signal) => this.#inTurn(() => this.#sealWhenFlushed(signal)),
      onError: (error) => {
        if (error instanceof UnprovenCredentialsError) options.onFault({ code: error.code, message: error.message });
        options.onError(new CredentialKeeperError('A login could not be sealed yet', error));
      },
    });
  }

  /**
   * Before a browser opens: the profile becomes the live one, the sealed one, or an empty one. Rejects when archives
   * are kept but none opens, when the vault cannot be asked, or when a newer browser has written the login: then nothing
   * must be launched, since a scan would take the place of a login that is perhaps not lost.
   */
  prepare(signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      const { credentials, vault, address, epoch, onMissing } = this.#options;
      const { directory } = credentials;
      this.#left = 'nothing';
      const newest = await vault.newest(address);
      const live = (await credentials.has()) ? await readManifest(directory) : null;
      const choice = chooseProfile({ live, newest });
      const here = await credentials.version();
      if (choice.kind !== 'none')
        demandBrowser((choice.kind === 'live' ? live?.writtenBy : null) ?? newest?.writtenBy ?? null, here);
      signal.throwIfAborted();
      if (newest === null) onMissing();
      const restoredFrom =
        choice.kind === 'archive'
          ? await this.#restore(live === null ? 'erase' : 'keep', here, signal)
          : (live?.restoredFrom ?? null);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      this.#newest = newest?.generation ?? null;
      const writtenBy = here ?? live?.writtenBy ?? null;
      const opened = { key: sessionKey(address), epoch, restoredFrom, writtenBy };
      this.#manifest = openedManifest(choice.kind === 'live' ? live : null, opened, this.#options.clock.now());
      await writeManifest(directory, this.#manifest);
    });
  }

  /** From when on the live profile has seen everything (ms since 1970); `null`: nobody knows. */
  readonly profileSince = (): number | null => this.#manifest?.since ?? null;

  /** The page accepted the login. */
  booted(): void {
    this.#background(() => this.#note({ credentials: 'held', failedBoots: 0 }));
  }

  /**
   * The session is ready: from now on its login is sealed, first as soon as it is on the disk, then whenever it has
   * changed.
   */
  onReady({ device }: ReadyDevice): void {
    this.#device = device;
    if (this.#left !== 'stale') {
      this.#left = 'credentials';
      this.#schedule.begin();
    }
    this.#background(() => this.#note({ credentials: 'held', failedBoots: 0, restoredFrom: null }));
  }

  /** Whether what the page stores is kept: while it is not, nothing is sealed, nor called durable. */
  trust(stores: boolean): void {
    if (this.#left !== (stores ? 'stale' : 'credentials')) return;
    this.#left = stores ? 'credentials' : 'stale';
    if (stores) return this.#schedule.begin();
    this.#schedule.stop();
    this.#options.onMissing();
  }

  /**
   * A code is shown. Returns `archive` when the vault may still hold what this profile does not: close the browser, and
   * prepare again.
   */
  refused(): 'archive' | 'scan' {
    this.#left = 'nothing';
    this.#schedule.stop();
    const mayRestore = this.#newest !== null && this.#manifest?.restoredFrom !== this.#newest;
    this.#background(() => this.#note({ credentials: 'refused' }));
    return mayRestore ? 'archive' : 'scan';
  }

  onLost(cause: LossCause): void {
    this.#schedule.stop();
    if (this.#left === 'credentials' || this.#left === 'stale') this.#left = 'wreckage';
    else if (NO_BOOT.has(cause))
      this.#background(() => this.#note({ failedBoots: (this.#manifest?.failedBoots ?? 0) + 1 }));
  }

  /** Nothing is sealed under a device that closes. */
  onClosing(): void {
    this.#schedule.stop();
  }

  /**
   * No browser is left, and none comes soon: seals what the last one left, and removes the plain profile once that is
   * sealed, or when it holds no login for certain. Never rejects.
   */
  retire(): Promise<void> {
    return this.#inTurn(async () => {
      const { credentials, pace, onError } = this.#options;
      try {
        if (this.#left === 'credentials')
          await withDeadline(pace.deadlineMs, this.#ending.signal, (signal) => this.#seal(signal));
        const isSealed = this.#sealed !== null && (await this.#fingerprint()) === this.#sealed;
        if ((!isSealed && (await credentials.has())) || (await credentials.unproven()) !== null) return;
        await credentials.erase();
        this.#manifest = null;
      } catch (error) {
        if (!this.#ending.signal.aborted)
          onError(
            new CredentialKeeperError(
              'A login could not be sealed after its browser had closed, so that its profile stays',
              error,
            ),
          );
      } finally {
        this.#left = 'nothing';
      }
    });
  }

  /**
   * Destroys the login: archive with its data key, then the profile, then what was put aside. `profile`: that alone,
   * which another phone's device has left. Rejects while a browser lives in it.
   */
  erase(what: 'login' | 'profile' = 'login'): Promise<void> {
    this.#schedule.stop();
    return this.#inTurn(async () => {
      const { credentials, vault, address, epoch } = this.#options;
      this.#left = 'nothing';
      this.#sealed = this.#manifest = null;
      if (what === 'profile') return credentials.erase();
      this.#newest = null;
      await vault.forget(address, epoch);
      await credentials.erase();
      await eraseQuarantined(credentials.directory);
    });
  }

  /** Starts nothing more, and breaks off a sealing under way. */
  end(): void {
    this.#ending.abort();
    this.#schedule.end();
  }

  async #restore(present: 'erase' | 'keep', here: string | null, signal: AbortSignal): Promise<string> {
    const { credentials, vault, address, clock, onFault } = this.#options;
    if (present === 'keep') await credentials.move(quarantinedNextTo(credentials.directory, clock.now()));
    else await credentials.erase();
    const restored = await vault.restore({ address, minEpoch: 0, into: credentials, signal });
    try {
      // Not always the one that was looked at before.
      demandBrowser(restored.archive.writtenBy, here);
    } catch (error) {
      await credentials.erase();
      throw error;
    }
    if (restored.kind === 'previous') {
      const [{ error }] = restored.refused;
      onFault({
        code: error.code,
        message: `The newest sealed login does not open, so the one before it was restored. ${error.message}`,
      });
    }
    this.#sealed = restored.kind === 'newest' ? await this.#fingerprint() : null;
    return restored.archive.generation;
  }

  async #sealWhenFlushed(signal: AbortSignal): Promise<'sealed' | 'not_yet'> {
    if (this.#left !== 'credentials') return 'not_yet';
    // Where the page's storage lies elsewhere, its mark is never found either.
    const isUnproven = (await this.#options.credentials.unproven()) !== null;
    if (!isUnproven && (await this.#device?.call('isFlushed', null, signal)) !== true) return 'not_yet';
    await this.#seal(signal);
    return 'sealed';
  }

  async #seal(signal: AbortSignal): Promise<void> {
    const { vault, address, epoch, credentials, confirm, onSealed } = this.#options;
    const before = await this.#fingerprint();
    if (before !== this.#sealed) {
      const writtenBy = this.#manifest?.writtenBy ?? null;
      const { generation } = await vault.seal({ address, epoch, credentials, writtenBy, signal, confirm });
      this.#sealed = before;
      this.#newest = generation;
    }
    if (this.#left !== 'stale') onSealed();
  }

  #fingerprint(): Promise<string> {
    return this.#options.credentials.fingerprint();
  }

  /** Of a profile that is gone nothing is noted: a newer owner on this machine may have erased it. */
  async #note(news: Partial<ProfileManifest>): Promise<void> {
    if (this.#manifest === null || this.#ending.signal.aborted) return;
    this.#manifest = { ...this.#manifest, ...news };
    try {
      await writeManifest(this.#options.credentials.directory, this.#manifest);
    } catch (thrown) {
      const error: NodeJS.ErrnoException = ensureError(thrown);
      if (error.code !== 'ENOENT') throw error;
      this.#manifest = null;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(this.#options.credentials.directory, work);
  }

  #background(work: () => Promise<void>): void {
    this.#inTurn(work).catch((error: unknown) =>
      this.#options.onError(new CredentialKeeperError('What is known of a profile could not be noted', error)),
    );
  }
}
