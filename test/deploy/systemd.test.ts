import { existsSync, readFileSync } from 'node:fs';

import { expect, it } from 'vitest';
import { z } from 'zod';

const unit = readFileSync('deploy/systemd/whatsapp@.service', 'utf8');

function setting(name: string): string {
  const [, value] = new RegExp(`^${name}=(.*)$`, 'm').exec(unit) ?? [];
  if (value === undefined) throw new Error(`The unit has no ${name}`);
  return value;
}

it('The unit runs what the build makes, as the image does', () => {
  const [, command] = /^CMD (\[.+\])$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  const [, ...args] = z.array(z.string()).parse(JSON.parse(command ?? '[]'));
  expect(setting('ExecStart')).toBe(['/usr/bin/node', ...args].join(' '));
});

it('The unit gives the sessions away before its end, within the time it is given', () => {
  const [, program = '', seconds] = /^\/usr\/bin\/node dist\/(\S+)\.js drain (\d+)$/.exec(setting('ExecStop')) ?? [];
  expect(existsSync(`${program}.ts`)).toBe(true);
  const shutdownSeconds = 20;
  expect(Number(seconds) + shutdownSeconds).toBeLessThanOrEqual(Number(setting('TimeoutStopSec')));
});

it('The unit leaves Chromium the namespaces that its sandbox is made of', () => {
  expect(unit).not.toMatch(/^(?:RestrictNamespaces|PrivateUsers|MemoryDenyWriteExecute)=/m);
  expect(setting('NoNewPrivileges')).toBe('true');
});
