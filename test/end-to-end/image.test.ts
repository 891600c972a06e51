import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { LEAN } from '#lean-node';

import { useTempDir } from '../temp-dir.ts';
import { link, createEndToEndFixture } from './end-to-end-fixture.ts';

const run = promisify(execFile);
const NUMBER = '491700000001';
const dockerfile = readFileSync('Dockerfile', 'utf8');

/** The files that the image is made of: all that `.dockerignore` lets in. */
function buildContext(): string {
  const directory = useTempDir();
  const allowed = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  for (const path of allowed) cpSync(path, join(directory, path), { recursive: true });
  // Beside them, what the set-up has unpacked where nothing could be installed; the image installs it.
  for (const installed of ['node_modules', '.vendor'])
    symlinkSync(join(process.cwd(), installed), join(directory, installed));
  return directory;
}

describe('The image', () => {
  it('is built from what its context holds, and has the vault’s tool and a service that brings a session to ready and back', async () => {
    const context = buildContext();
    await run('npm', ['run', 'build'], { cwd: context });
    for (const source of [
      'src',
      'console',
      'visualizer',
      'tsconfig.json',
      'tsconfig.build.json',
      'tsconfig.client.json',
    ])
      rmSync(join(context, source), { recursive: true });
    const program = [...LEAN.args, join(context, 'dist', 'src', 'main.bundled.js')];

    const { stdout } = await run('npm', ['run', '--silent', 'vault', '--', '--help'], { cwd: context });
    expect(stdout).toContain('rotate');

    const fixture = await createEndToEndFixture();
    const first = await fixture.start(program);
    await link(fixture, first.client, 'sales', NUMBER);
    await first.client.until('sales', ({ durable }) => durable);
    expect(await first.service.end()).toEqual({ code: 0, signal: null });
    const { client, service } = await fixture.start(program);
    expect(await client.reaches('sales', 'ready')).toMatchObject({ phoneNumber: NUMBER });
    expect((await client.life('sales')).filter((value) => value.startsWith('waiting_qr'))).toHaveLength(1);
    expect([...first.service.errors, ...service.errors]).toEqual([]);
  });

  it('starts Node as `npm start` does', () => {
    const command = dockerfile.split('\n').find((line) => line.startsWith('CMD ')) ?? '';
    expect(JSON.parse(command.slice('CMD '.length))).toEqual(['node', ...LEAN.args, 'dist/src/main.bundled.js']);
    for (const [name, value] of Object.entries(LEAN.env)) expect(dockerfile).toContain(`${name}=${value}`);
  });
});
