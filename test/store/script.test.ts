import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z, ZodError } from 'zod';

import { scriptTaking } from '../../src/store/script.ts';
import { ANA, codeOf, request, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const COUNT = scriptTaking<{ readonly by: number }>()({
  name: 'count',
  keys: ['counter'],
  lua: "return redis.call('INCRBY', keys.counter, args.by)",
  reply: z.number(),
});
const keys = () => ({ counter: `${fixture.keys.prefix}:counter` });

describe('A script', () => {
  it('runs the first time, when Redis does not know it, and later ones, each once', async () => {
    expect(await COUNT.run(fixture.redis, keys(), { by: 2 })).toBe(2);
    expect(await COUNT.run(fixture.redis, keys(), { by: 3 })).toBe(5);
  });

  it('runs after Redis has forgotten all scripts', async () => {
    await request(fixture.store(), ANA, 'create');
    await fixture.redis.script('FLUSH');
    expect(await codeOf(request(fixture.store(), ANA, 'start'))).toBe('accepted');
  });

  it('runs once for each call when many find it forgotten at the same time', async () => {
    await fixture.redis.script('FLUSH');
    const replies = await Promise.all(Array.from({ length: 50 }, () => COUNT.run(fixture.redis, keys(), { by: 1 })));
    expect(replies.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it('is sent by its hash once Redis knows it', async () => {
    await COUNT.run(fixture.redis, keys(), { by: 1 });
    await fixture.redis.config('RESETSTAT');
    await COUNT.run(fixture.redis, keys(), { by: 1 });
    const stats = await fixture.redis.info('commandstats');
    expect(stats).toContain('cmdstat_evalsha:calls=1');
    expect(stats).not.toContain('cmdstat_eval:');
  });

  it('whose answer is not of the promised form is a fault', async () => {
    const liar = scriptTaking<object>()({ name: 'liar', keys: [], lua: "return 'seven'", reply: z.number() });
    await expect(liar.run(fixture.redis, {}, {})).rejects.toThrow(ZodError);
  });

  it('that fails in Redis fails here, and is not tried again', async () => {
    const failing = scriptTaking<object>()({
      name: 'failing',
      keys: ['counter'],
      lua: "redis.call('INCR', keys.counter) return redis.error_reply('ODD no')",
      reply: z.number(),
    });
    await expect(failing.run(fixture.redis, keys(), {})).rejects.toThrow('ODD no');
    expect(await fixture.redis.get(keys().counter)).toBe('1');
  });
});
