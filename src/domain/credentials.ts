import type { Engine } from './driver-traits.ts';

/**
 * Which files carry an engine's credentials, and how they may be copied while a device writes them. Paths are relative
 * to the directory in which the engine keeps them, with `/` between their parts.
 */
export interface CredentialFiles {
  /** The directories, with all below them, that hold everything which must be kept. */
  readonly directories: readonly string[];
  /** Whether a file there is data at all, by its name. */
  carriesData(name: string): boolean;
  /** Whether a file never changes once it is there: a hard link then holds it, of others an exact copy is made. */
  isWrittenOnce(path: string): boolean;
  /** How a change of the file while others are copied is noticed. `grows`: it is only appended to, and may be torn. */
  changesBy(path: string): 'content' | 'size_and_time' | 'grows';
  /** Order of copying, the lowest first: what refers to other files comes after them. */
  copyRank(path: string): number;
}

/** What makes a device one that the phone knows, for one session: as its engine keeps it, in files of its own kind. */
export interface Credentials {
  readonly engine: Engine;
  /** Where they lie, among whatever else the engine keeps there. May be missing. */
  readonly directory: string;
  readonly files: CredentialFiles;
  /**
   * The version of the program that opens them here, such as `156.0.8078.114`: an older one than has written them would
   * lose them. `null` where it cannot be told now, or where versions do not matter.
   */
  version(): Promise<string | null>;
  /** Whether there may be any: a start from them can hope for `ready` without a scan. */
  has(): Promise<boolean>;
  /**
   * Why a copy of {@link files} may not be all of them: something is there that nobody knows. `null` where it is. `why`
   * has no full stop.
   */
  unproven(): Promise<string | null>;
  /** The same twice means that there is nothing new to seal. Empty where there are none. */
  fingerprint(): Promise<string>;
  /** Removes the directory. Rejects while a process lives in it. A missing one is fine. */
  erase(): Promise<void>;
  /** Puts the directory in another place on the same disk. Rejects while a process lives in it. */
  move(to: string): Promise<void>;
}
