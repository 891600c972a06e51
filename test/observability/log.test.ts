import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/domain/errors.ts';
import { createLog } from '../../src/observability/log.ts';

/** What a line with these fields looks like. */
function written(fields: object, format: 'json' | 'pretty'): string {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  createLog({ level: 'info', format, nodeId: 'n1' }, destination).info(fields, 'said');
  return lines.join('');
}

describe.each(['json', 'pretty'] as const)('a log in %s', (format) => {
  it('shows the code of an error, by which a cause is looked up', () => {
    const line = written({ err: new StoreUnavailableError(new Error('away'), 'silent') }, format);
    for (const part of ['STORE_UNAVAILABLE', 'The store does not answer.', 'away', 'log.test.ts'])
      expect(line).toContain(part);
  });

  it.each([null, 'thrown as it is', { what: 'thrown as it is' }])('takes %o for an error', (err) => {
    expect(written({ err }, format)).toContain(err === null ? 'said' : 'thrown as it is');
  });

  it.each(['code', 'qr', 'pairingCode', 'token', 'ticket', 'authorization', 'phoneNumber', 'pairWith', 'body', 'text'])(
    'hides %s, wherever it turns up',
    (name) => {
      const line = written({ [name]: 'SECRET77', inner: { [name]: 'SECRET77' } }, format);
      expect(line).toContain('said');
      expect(line).not.toContain('SECRET77');
    },
  );
});
