import { spawn } from 'node:child_process';

/**
 * Runs a command and resolves with `{ ok, output, reason }`: never rejects. `show: true` passes its output on instead
 * of keeping it. It is killed after `timeoutMs`.
 */
export function runCommand(command, args, { show = false, timeoutMs, ...options } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, {
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      ...options,
    });
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const settle = (ok, reason) => {
      clearTimeout(timer);
      resolve({ ok, output: output.trim(), reason });
    };
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) =>
      settle(false, error.code === 'ENOENT' ? `${command} is not installed` : error.message),
    );
    child.once('close', (code, signal) =>
      settle(code === 0, lastLine(output) ?? `${command} ended with ${signal ?? code}`),
    );
  });
}

/** The line that tells most: the last that speaks of an error, else the last. */
function lastLine(output) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.findLast((line) => /^(E:|npm error|error)/i.test(line)) ?? lines.at(-1);
}
