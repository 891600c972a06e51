import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { Webhook as Signer } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const BODY = JSON.stringify({ type: 'session.state', data: { sessionId: 'sales' } });

const headersOf = (id: string, secret = SECRET): Record<string, string> => {
  const at = new Date();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Signer(secret).sign(id, at, BODY),
  };
};
const foreign = `whsec_${randomBytes(32).toString('base64')}`;

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('The receivers of the examples', () => {
  it('in Node takes what is signed, once, and nothing else', async () => {
    const env = { PATH: process.env['PATH'], WEBHOOK_SECRET: SECRET, PORT: '0' };
    const child = spawn(process.execPath, ['examples/webhooks/receiver.mjs'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    const url = `http://127.0.0.1:${(await next()).split(' ').at(-1)}/hook`;
    const post = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(url, { method: 'POST', headers, body: BODY })).status;
    expect(await post(headersOf('evt_1', foreign))).toBe(401);
    expect(await post(headersOf('evt_1'))).toBe(204);
    expect(await next()).toBe('session.state of sales');
    expect(await post(headersOf('evt_1'))).toBe(204);
    expect(await post(headersOf('evt_2'))).toBe(204);
    expect(await next()).toBe('session.state of sales');
  });

  it.skipIf(!hasPython)('in Python believes what is signed and nothing else', () => {
    const program = [
      'import json, sys',
      'from verify_webhook import is_genuine',
      'given = json.load(sys.stdin)',
      'print([is_genuine(given["secret"], headers, given["body"].encode()) for headers in given["headers"]])',
    ].join('\n');
    const old = { ...headersOf('evt_3'), 'webhook-timestamp': '1600000000' };
    const given = { secret: SECRET, body: BODY, headers: [headersOf('evt_1'), headersOf('evt_2', foreign), old] };
    const ran = spawnSync('python3', ['-B', '-c', program], { cwd: 'examples/webhooks', input: JSON.stringify(given) });
    expect(String(ran.stderr)).toBe('');
    expect(String(ran.stdout).trim()).toBe('[True, False, False]');
  });
});

describe('The workflow for n8n', () => {
  it('is whole: each connection leads from one of its nodes to another', () => {
    const workflow = z
      .object({
        nodes: z.array(z.object({ name: z.string(), type: z.string().startsWith('n8n-nodes-base.') })),
        connections: z.record(z.string(), z.object({ main: z.array(z.array(z.object({ node: z.string() }))) })),
      })
      .parse(JSON.parse(readFileSync('examples/n8n/reply.json', 'utf8')));
    const names = workflow.nodes.map(({ name }) => name);
    const sources = Object.keys(workflow.connections);
    const targets = Object.values(workflow.connections).flatMap(({ main }) => main.flat().map(({ node }) => node));
    const path = [...sources, ...targets];
    expect(names).toEqual(expect.arrayContaining(path));
    expect(new Set(path)).toEqual(new Set(names));
  });
});
