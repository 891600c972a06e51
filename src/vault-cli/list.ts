import { listArchives, type Listed } from '../vault/rotation.ts';
import type { Output } from './output.ts';
import type { Place } from './storage.ts';
import { bytes, counted, table } from './wording.ts';

/** Shows what is sealed, as its headers say, and which of them cannot be read. Resolves with whether all can. */
export async function list(
  { archives }: Pick<Place, 'archives'>,
  output: Output,
  form: 'table' | 'json',
): Promise<'well' | 'faults'> {
  const found: Listed[] = [];
  for await (const archive of listArchives(archives)) found.push(archive);
  if (form === 'json') for (const archive of found) output.out(JSON.stringify(fieldsOf(archive, archives.name)));
  else if (found.length > 0) for (const line of asTable(found, archives.name)) output.out(line);
  const refused = found.filter((archive) => archive.kind === 'refused');
  const sessions = new Set(found.map(({ address }) => `${address.userId}\n${address.id}`)).size;
  output.err(
    found.length === 0
      ? `Nothing is sealed here (store: ${archives.name}).`
      : `${counted(found.length, 'archive')} of ${counted(sessions, 'session')}.`,
  );
  for (const { address, error } of refused)
    output.err(`The header of ${address.userId} ${address.id} cannot be read: ${error.message}`);
  return refused.length === 0 ? 'well' : 'faults';
}

function asTable(found: readonly Listed[], store: Place['archives']['name']): string[] {
  const rows = found.map((archive) => {
    const { user, session, epoch, key, size, sealedAt } = fieldsOf(archive, store);
    return [user, session, String(epoch ?? '?'), key ?? '?', size === null ? '?' : bytes(size), sealedAt ?? '?', store];
  });
  return table(['USER', 'SESSION', 'EPOCH', 'KEY', 'SIZE', 'SEALED', 'STORE'], rows, [4]);
}

function fieldsOf(archive: Listed, store: Place['archives']['name']) {
  const { address, generation } = archive;
  const header = archive.kind === 'archive' ? archive.header : null;
  return {
    user: address.userId,
    session: address.id,
    generation,
    store,
    epoch: header?.epoch ?? null,
    key: header?.kid ?? null,
    size: header?.bytes ?? null,
    sealedAt: header?.sealedAt ?? null,
  };
}
