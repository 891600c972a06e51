// A service's start, as far as its data directory goes: on the first message it opens it, says how that went, and holds
// it until it is killed.
import { openDataDirectory } from '../../../src/host/data-directory/data-directory.ts';

process.once('message', () => {
  openDataDirectory(process.argv[2] ?? '').then(
    () => process.send?.('opened'),
    (error: unknown) => process.send?.(error instanceof Error && 'code' in error ? error.code : 'failed'),
  );
});
process.send?.('waiting');
setInterval(() => undefined, 60_000);
