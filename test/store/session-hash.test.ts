import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z, ZodError } from 'zod';

import { fieldsOf, readSessionHash } from '../../src/store/session-hash.ts';
import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
let sound: Record<string, string>;
beforeAll(async () => {
  fixture = await StoreFixture.open();
  await fixture.store().create(ANA, { start: true, pairWith: '5215550001111', metadata: { team: 'ventas' } });
  const { ownership } = await fixture.claim(ANA);
  await ownership.persist(snapshot({ value: 'failed.gave_up', reason: 'network', handledSeq: 1 }));
  await request(fixture.store(), ANA, 'restart');
  sound = await fixture.fields('ana/sales');
});
afterAll(() => fixture.close());

const NUMBERS = [
  'createdAt',
  'updatedAt',
  'since',
  'seq',
  'handled',
  'restart',
  'reconnect',
  'logout',
  'pair',
  'erased',
  'epoch',
  'rev',
];

describe('A stored session', () => {
  it('names the engine it was created for, and the browser where its record is from before engines', () => {
    const { engine, ...former } = sound;
    expect(engine).toBe('browser');
    expect(readSessionHash({ ...sound, engine: 'simulated' }).session.engine).toBe('simulated');
    expect(readSessionHash(former).session.engine).toBe('browser');
  });

  it('is read as the resource that everybody sees, and what is wanted of it', () => {
    const { session, intent } = readSessionHash(sound);
    expect(session).toMatchObject({
      id: 'sales',
      userId: 'ana',
      state: 'failed',
      value: 'failed.gave_up',
      reason: 'network',
      metadata: { team: 'ventas' },
    });
    expect(session).toMatchObject({
      desired: 'running',
      nodeId: 'n1',
      rev: 3,
      createdAt: new Date(fixture.now).toISOString(),
    });
    expect(intent).toMatchObject({
      desired: 'running',
      intentSeq: 2,
      handledSeq: 1,
      restart: 2,
      pairWith: '5215550001111',
      owner: 'n1',
      epoch: session.epoch,
    });
  });

  it('that is to be deleted is shown as one to be stopped', () => {
    const { session, intent } = readSessionHash({ ...sound, desired: 'deleted' });
    expect([session.desired, intent.desired]).toEqual(['stopped', 'deleted']);
  });

  it('is read the same with fields that a later version has added', () => {
    expect(readSessionHash({ ...sound, addedLater: 'x', type: 'session.snapshot', event: 'e' })).toEqual(
      readSessionHash(sound),
    );
  });

  it('is read with the reason of a later version as one of ours, and the word of that one beside it', () => {
    const { session } = readSessionHash({ ...sound, reason: 'boredom' });
    expect(session).toMatchObject({ reason: 'internal_error', value: 'failed.gave_up' });
    expect(session.lastError).toEqual({
      code: 'UNKNOWN_REASON',
      message: 'A newer build says "boredom".',
      at: session.updatedAt,
    });
  });

  it.each([
    ['["connected"]', 'ready'],
    ['["busy","unheard_of"]', 'reconnecting'],
    ['["unheard_of"]', 'disconnected'],
  ] as const)('is read with the state of a later version as what its tags say: %s', (tags, state) => {
    expect(readSessionHash({ ...sound, value: 'hibernating.deeply', tags }).session).toMatchObject({
      state,
      value: 'hibernating.deeply',
    });
  });

  it('is read the same with what a later version has added to its detail, at any depth', () => {
    const detail = z.looseObject({ reconnect: z.looseObject({}) }).parse(JSON.parse(sound['detail'] ?? ''));
    const later = { ...detail, addedLater: 1, reconnect: { ...detail.reconnect, jitter: 2 } };
    expect(readSessionHash({ ...sound, detail: JSON.stringify(later) })).toEqual(readSessionHash(sound));
  });

  it('is read with a holder of the queue that a later version knows as held by nothing that is known', () => {
    const waits = { ...sound, value: 'disconnected.queued', queuePosition: '2', queueHeldBy: 'moonlight' };
    expect(readSessionHash(waits).session.queue).toEqual({ position: 2, heldBy: null });
  });

  it('is refused when any of its fields is missing, but for those that the former version did not write', () => {
    const since = new Set(['engine', 'queuePosition', 'queueHeldBy', 'rebind', 'boundTo']);
    for (const field of Object.keys(sound).filter((name) => !since.has(name))) {
      const { [field]: _lost, ...rest } = sound;
      expect(() => readSessionHash(rest), `without ${field}`).toThrow(ZodError);
    }
  });

  it.each(NUMBERS)('is refused when %s is not a whole number', (field) => {
    for (const damaged of [
      '',
      ' ',
      'x',
      '-1',
      '1.5',
      '1e3',
      '0x10',
      '1 ',
      'NaN',
      'Infinity',
      '9007199254740993',
      '99999999999999999999',
    ]) {
      expect(() => readSessionHash({ ...sound, [field]: damaged }), `${field} = "${damaged}"`).toThrow(ZodError);
    }
  });

  it.each(['createdAt', 'updatedAt', 'since'])('is refused when %s is later than any date', (field) => {
    expect(() => readSessionHash({ ...sound, [field]: '8640000000000001' })).toThrow(ZodError);
  });

  it.each([
    ['desired', ''],
    ['desired', 'RUNNING'],
    ['value', ''],
    ['tags', 'null'],
    ['tags', ''],
    ['metadata', '[]'],
    ['metadata', '{"a":'],
    ['detail', '{}'],
    ['detail', 'undefined'],
    ['id', '../etc'],
    ['id', ''],
    ['userId', ''],
    ['rev', '0'],
  ])('is refused when %s is %j', (field, damaged) => {
    expect(() => readSessionHash({ ...sound, [field]: damaged })).toThrow(ZodError);
  });

  it('is read or refused with a ZodError, whatever is in its fields', () => {
    const field = fc.constantFrom(...Object.keys(sound));
    const content = fc.oneof(
      fc.string(),
      fc.json(),
      fc.integer().map(String),
      fc.constantFrom(...Object.values(sound)),
    );
    fc.assert(
      fc.property(fc.dictionary(field, content, { minKeys: 1, maxKeys: 4 }), (damage) => {
        try {
          readSessionHash({ ...sound, ...damage });
        } catch (error) {
          expect(error).toBeInstanceOf(ZodError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('The place in the queue', () => {
  const WAITS = { value: 'disconnected.queued', reason: 'queued', tags: '["busy"]' };
  const former = (queue: unknown) => {
    const fields: Record<string, string> = { ...sound, ...WAITS };
    const { queuePosition: _, queueHeldBy: __, detail = '', ...rest } = fields;
    return { ...rest, detail: JSON.stringify({ ...z.record(z.string(), z.json()).parse(JSON.parse(detail)), queue }) };
  };

  it('is read from fields of its own', () => {
    const fields = { ...sound, ...WAITS, queuePosition: '4', queueHeldBy: 'breaker' };
    expect(readSessionHash(fields).session.queue).toEqual({ position: 4, heldBy: 'breaker' });
    expect(readSessionHash({ ...fields, queuePosition: '' }).session.queue).toBeNull();
  });

  it('is read from the detail of a record of the former version, until it is written anew', () => {
    const queue = { position: 3, heldBy: 'pressure' };
    expect(readSessionHash(former(queue)).session.queue).toEqual(queue);
    expect(readSessionHash(former(null)).session.queue).toBeNull();
    const anew = { ...former(queue), queuePosition: '2', queueHeldBy: '' };
    expect(readSessionHash(anew).session.queue).toEqual({ position: 2, heldBy: null });
  });

  it('is none of a session that does not wait, whatever is left in its record', () => {
    const fields = { ...sound, queuePosition: '4', queueHeldBy: '' };
    expect(readSessionHash(fields).session.queue).toBeNull();
  });

  it('stands in the detail as none, for nodes of the former version, which demand it there', () => {
    expect(JSON.parse(sound['detail'] ?? '')).toMatchObject({ queue: null });
  });
});

describe('A flat reply', () => {
  it('is read as pairs, and a last one without a partner is left out', () => {
    expect(fieldsOf(['a', '1', 'b', '', 'c'])).toEqual({ a: '1', b: '' });
  });
});
