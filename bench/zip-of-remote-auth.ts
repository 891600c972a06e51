import whatsapp from 'whatsapp-web.js';

/** What RemoteAuth does with a profile, without its store and its minute of waiting. Its typings leave these out. */
interface Zipping {
  userDataDir: string;
  sessionName: string;
  /** Resolves with the zip's path. */
  compressSession(): Promise<string>;
  /** Removes the zip. */
  unCompressSession(file: string): Promise<void>;
}

const BACKUP_MS = 60_000;
const STORE: whatsapp.Store = {
  sessionExists: async () => false,
  save: async () => undefined,
  extract: async () => undefined,
  delete: async () => undefined,
};

/** The library's own code, made ready for a profile as its `beforeBrowserInitialized` would. */
export function zipOf(dataPath: string, profileDir: string): Zipping {
  const auth = new whatsapp.RemoteAuth({
    clientId: 'bench',
    dataPath,
    store: STORE,
    backupSyncIntervalMs: BACKUP_MS,
  }) as unknown as Zipping;
  auth.userDataDir = profileDir;
  auth.sessionName = 'RemoteAuth-bench';
  return auth;
}
