import { expect, it } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { ChaosFixture } from './chaos-fixture.ts';
import { keepRow } from './rows.ts';

const USERS = ['ana', 'ben', 'cleo', 'dan', 'eve'];
const PER_USER = 10;
const EXTRA = 2;

/** How often each status was answered. */
function tally(answers: readonly Response[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

it('a storm of starts by five users at once: each gets as many sessions as allowed, all of them come up, and a full pool says when to ask again', async () => {
  const MAX = USERS.length * PER_USER;
  const chaos = await ChaosFixture.prepare({
    MAX_SESSIONS: String(MAX),
    MAX_SESSIONS_PER_USER: String(PER_USER),
    NODE_CAPACITY: String(MAX),
    MAX_CONCURRENT_LAUNCHES: '5',
  });
  const clients = await Promise.all(USERS.map((userId) => chaos.client(userId)));
  const injectedAt = performance.now();
  const asked = Array.from({ length: PER_USER + EXTRA }, (_, number) => `s${number}`);
  const answers = await Promise.all(
    clients.flatMap((client) => asked.map((id) => client.call('POST', '/api/sessions', { id }))),
  );
  expect(tally(answers)).toEqual({ 201: MAX, 429: EXTRA * USERS.length });
  for (const answer of answers.filter(({ ok }) => !ok))
    expect(await answer.json()).toMatchObject({ code: 'USER_LIMIT' });

  const sessions = await chaos.sessions();
  await chaos.expectWhole(Object.fromEntries(sessions.map((session) => [sessionKey(session), 'waiting_qr'])));
  const recoveredMs = Math.round(performance.now() - injectedAt);
  const refused = await (await chaos.client('late')).call('POST', '/api/sessions', { id: 'one-too-many' });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'POOL_FULL' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

  const [first] = clients;
  await first?.ask(sessions.find(({ userId }) => userId === USERS[0])?.id ?? '', 'stop');
  expect((await (await chaos.client('late')).call('POST', '/api/sessions', { id: 'now-there-is-room' })).status).toBe(
    201,
  );
  await chaos.watcher.until('late/now-there-is-room', ({ state }) => state === 'waiting_qr');
  keepRow({
    fault: `${USERS.length * asked.length} starts by ${USERS.length} users at once, for a pool of ${MAX}`,
    outcome: `exactly ${PER_USER} of each user's come up, the others are told 429; a full pool answers 503 and takes the next once one has stopped`,
    recoveredMs,
  });
});
