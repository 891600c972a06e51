import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z, ZodError } from 'zod';

import { RedisScript } from '../../src/store/script.ts';
import { ANA, codeOf, request, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const COUNT = new RedisScript({
  name: 'count',
  lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
  reply: z.number(),
});
const key = () => `${fixture.keys.prefix}:counter`;

describe('A script', () => {
  it('runs the first time, when Redis does not know it, and later ones, each once', async () => {
    expect(await COUNT.run(fixture.redis, [key()], [2])).toBe(2);
    expect(await COUNT.run(fixture.redis, [key()], [3])).toBe(5);
  });

  it('runs after Redis has forgotten all scripts', async () => {
    await request(fixture.store(), ANA, 'create');
    await fixture.redis.script('FLUSH');
    expect(await codeOf(request(fixture.store(), ANA, 'start'))).toBe('accepted');
  });

  it('runs once for each call when many find it forgotten at the same time', async () => {
    await fixture.redis.script('FLUSH');
    const replies = await Promise.all(Array.from({ length: 50 }, () => COUNT.run(fixture.redis, [key()], [1])));
    expect(replies.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it('is sent by its hash once Redis knows it', async () => {
    await COUNT.run(fixture.redis, [key()], [1]);
    await fixture.redis.config('RESETSTAT');
    await COUNT.run(fixture.redis, [key()], [1]);
    const stats = await fixture.redis.info('commandstats');
    expect(stats).toContain('cmdstat_evalsha:calls=1');
    expect(stats).not.toContain('cmdstat_eval:');
  });

  it('whose answer is not of the promised form is a fault', async () => {
    const liar = new RedisScript({ name: 'liar', lua: "return 'seven'", reply: z.number() });
    await expect(liar.run(fixture.redis, [], [])).rejects.toThrow(ZodError);
  });

  it('that fails in Redis fails here, and is not tried again', async () => {
    const failing = new RedisScript({
      name: 'failing',
      lua: "redis.call('INCR', KEYS[1]) return redis.error_reply('ODD no')",
      reply: z.number(),
    });
    await expect(failing.run(fixture.redis, [key()], [])).rejects.toThrow('ODD no');
    expect(await fixture.redis.get(key())).toBe('1');
  });
});
