/**
 * Seals one profile into a directory and prints the most memory that this process ever held, in bytes. The vault's
 * bench runs it anew for each size.
 */
import { randomBytes } from 'node:crypto';

import { DirectoryArchives } from '../src/vault/directory-archives.ts';
import { KeyRing } from '../src/vault/key-ring.ts';
import { Vault } from '../src/vault/vault.ts';
import { browserCredentials } from '../src/whatsapp/web/credentials.ts';

const [profileDir = '', directory = ''] = process.argv.slice(2);
const now = (): number => Date.now();
const store = new DirectoryArchives({ directory, now, randomBytes });
const vault = new Vault({ store, ring: new KeyRing([{ kid: 'bench', key: randomBytes(32) }]), now, randomBytes });
await vault.seal({
  address: { userId: 'bench', id: 'session' },
  epoch: 1,
  credentials: browserCredentials(profileDir),
});
console.log(process.resourceUsage().maxRSS * 1_024);
