import { ensureError, SupervisorError } from '../domain/errors.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadStorageConfig } from '../config/storage-config.ts';
import { parseCommand, USAGE, type Command } from './command-line.ts';
import { discard } from './discard.ts';
import { UsageError } from './errors.ts';
import { exportFleet } from './export.ts';
import { importFleet } from './import.ts';
import { list } from './list.ts';
import type { Output } from './output.ts';
import { inPlace, type Place } from './storage.ts';
import { rotate } from './rotate.ts';
import { verify } from './verify.ts';

interface ToolRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  /** Ends the work at the next step; what is done stays done. */
  readonly signal: AbortSignal;
}

const WELL = 0;
const FAULTS = 1;
const MISTAKEN = 2;
/** What a shell makes of a SIGINT. */
const ENDED = 130;

/** Runs one command and resolves with the exit code. Never rejects: what goes wrong is a line on the error stream. */
export async function runTool({ args, env, output, signal }: ToolRun): Promise<number> {
  try {
    const command = parseCommand(args);
    if (command.kind === 'help') {
      output.out(USAGE);
      return WELL;
    }
    const config = loadStorageConfig(env);
    const absent = command.kind === 'import' ? 'create' : 'refuse';
    const outcome = await inPlace({ config, absent, signal }, (place) => run(command, place, output, signal));
    return outcome === 'well' ? WELL : FAULTS;
  } catch (thrown) {
    const error = ensureError(thrown);
    if (signal.aborted) {
      output.err('Ended. What was done stays done, and the same command goes on from here.');
      return ENDED;
    }
    output.err(error instanceof SupervisorError ? error.message : (error.stack ?? error.message));
    return error instanceof UsageError || error instanceof ConfigError ? MISTAKEN : FAULTS;
  }
}

function run(
  command: Exclude<Command, { kind: 'help' }>,
  place: Place,
  output: Output,
  signal: AbortSignal,
): Promise<'well' | 'faults'> {
  switch (command.kind) {
    case 'list':
      return list(place, output, command.form);
    case 'verify':
      return verify(place, output, signal);
    case 'rotate':
      return rotate(place, output, signal);
    case 'export':
      return exportFleet(place, output, command.file, signal);
    case 'import':
      return importFleet(place, output, command, signal);
    case 'discard':
      return discard(place, output, command.kid, signal);
  }
}
