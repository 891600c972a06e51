/** Where a tool writes. Results go to `out`, so that they can be piped; whatever accompanies them to `err`. */
export interface Output {
  /** One line of the result. */
  out(line: string): void;
  /** One line about it. */
  err(line: string): void;
  /** How far the work is. Shown in one place on a terminal, and now and then as a line elsewhere. */
  progress(what: string, done: number, total: number): void;
}

interface Stream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Of a hundred lines of progress in a log nobody reads more than these. */
const LINES = 10;

/** Writes to a process's streams. */
export function createOutput(stdout: Stream, stderr: Stream): Output {
  const isTerminal = stderr.isTTY === true;
  let isMidLine = false;
  const endLine = () => {
    if (isMidLine) stderr.write('\r\u001B[K');
    isMidLine = false;
  };
  return {
    out: (line) => {
      endLine();
      stdout.write(`${line}\n`);
    },
    err: (line) => {
      endLine();
      stderr.write(`${line}\n`);
    },
    progress: (what, done, total) => {
      const text = `${what} ${done} of ${total}`;
      if (isTerminal) {
        stderr.write(`\r\u001B[K${text}`);
        isMidLine = true;
      } else if (isMilestone(done, total)) {
        stderr.write(`${text}\n`);
      }
    },
  };
}

function isMilestone(done: number, total: number): boolean {
  const tenths = (count: number) => Math.floor((count * LINES) / Math.max(total, 1));
  return done === total || tenths(done) > tenths(done - 1);
}
