import { parseArgs } from 'node:util';

import { ensureError } from '../domain/errors.ts';
import { UsageError } from './errors.ts';

/** What was asked for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly form: 'table' | 'json' }
  | { readonly kind: 'verify' | 'rotate' }
  | { readonly kind: 'export'; readonly file: string }
  | { readonly kind: 'import'; readonly file: string; readonly mode: 'all' | 'partial' }
  | { readonly kind: 'discard'; readonly kid: string };

export const USAGE = `Usage: npm run vault -- COMMAND [options]

Looks after the sealed logins. It reads the same variables and .env file as the service, which may run meanwhile.

  list             what is sealed: of whom, of which epoch, with which key, how large, when, and where it lies
  verify           opens every archive to its last byte, and says which do not open and why
  rotate           wraps every data key with the first of ENCRYPTION_KEYS; archives are not unpacked.
                   Can be ended at any moment and run again: what is done is passed over
  export FILE      all records and archives in one file, sealed with the first key
  import FILE      brings them back, once all of the file was found good. Nothing that runs here or is newer
                   here is overwritten. Can be ended at any moment and run again
  discard KEY      gives up the archives whose key of this name is lost: their sessions are to be scanned again

Options
  --json           list: a JSON object a line
  --partial        import: leaves out what runs or is newer here and what does not open, rather than refuse the file
  -h, --help       this text

Ends with 0 when all is well, 1 when something is not, which is then said, and 2 when the command line or a setting is wrong.`;

const OPTIONS = {
  json: { type: 'boolean' },
  partial: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Throws {@link UsageError}. */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [name, operand, ...others] = positionals;
  if (values.help === true || name === 'help') return { kind: 'help' };
  const refuse = (option: 'json' | 'partial') => {
    if (values[option] === true) throw new UsageError(`"${name}" knows no --${option}.`);
  };
  if (name !== 'list') refuse('json');
  if (name !== 'import') refuse('partial');
  if (others.length > 0) throw new UsageError(`"${others[0]}" is one word too many.`);
  const alone = <T>(command: T): T => {
    if (operand !== undefined) throw new UsageError(`"${name}" takes no "${operand}".`);
    return command;
  };
  const wanted = (what: string): string => {
    if (operand === undefined) throw new UsageError(`"${name}" needs ${what}.`);
    return operand;
  };
  switch (name) {
    case 'list':
      return alone({ kind: 'list', form: values.json === true ? 'json' : 'table' });
    case 'verify':
    case 'rotate':
      return alone({ kind: name });
    case 'export':
      return { kind: 'export', file: wanted('the file to write') };
    case 'import':
      return { kind: 'import', file: wanted('the file to read'), mode: values.partial === true ? 'partial' : 'all' };
    case 'discard':
      return { kind: 'discard', kid: wanted('the name of the lost key') };
    case undefined:
      throw new UsageError('A command is missing: list, verify, rotate, export, import or discard.');
    default:
      throw new UsageError(`There is no command "${name}".`);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (thrown) {
    const [sentence] = ensureError(thrown).message.split('. ');
    throw new UsageError(`${sentence?.replace(/\.$/, '')}.`);
  }
}
