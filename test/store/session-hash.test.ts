import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZodError } from 'zod';

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

  it('is refused when any of its fields is missing', () => {
    for (const field of Object.keys(sound)) {
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
    ['value', 'asleep'],
    ['value', ''],
    ['value', 'readyish.online'],
    ['reason', 'boredom'],
    ['tags', '["unheard_of"]'],
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

describe('A flat reply', () => {
  it('is read as pairs, and a last one without a partner is left out', () => {
    expect(fieldsOf(['a', '1', 'b', '', 'c'])).toEqual({ a: '1', b: '' });
  });
});
