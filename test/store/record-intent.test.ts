import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { ANA, codeOf, request, settledSnapshot, snapshot, StoreFixture, type Action } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const KEY = sessionKey(ANA);

async function run(value: string): Promise<void> {
  const { intentSeq: seq } = await fixture.store().create(ANA, { start: true, metadata: {} });
  const { ownership } = await fixture.claim(ANA);
  await ownership.persist(snapshot({ value, handledSeq: seq }));
}

/** Started, taken, come to rest, and let go. */
async function settle(
  value: string,
  reason: 'qr_expired' | 'stopped' | 'restarts_exhausted' | 'logged_out',
  ...actions: Action[]
): Promise<void> {
  await request(fixture.store(), ANA, 'create_and_start');
  const { ownership } = await fixture.claim(ANA);
  for (const action of actions) await request(fixture.store(), ANA, action);
  const { intentSeq: seq, logout } = (await fixture.find(ANA)).intent;
  await ownership.persist({ ...settledSnapshot(value, reason, seq), erased: logout === 0 ? undefined : logout });
  await ownership.release(seq);
}

const SITUATIONS = {
  missing: () => Promise.resolve(),
  'never started': async () => void (await request(fixture.store(), ANA, 'create')),
  queued: async () => void (await request(fixture.store(), ANA, 'create_and_start')),
  ready: () => run('ready.online'),
  waiting: () => run('waiting_qr.showing'),
  'stopping, still owned': async () => {
    await run('ready.online');
    await request(fixture.store(), ANA, 'stop');
  },
  stopped: () => settle('disconnected.stopped', 'stopped', 'stop'),
  'expired, at rest': () => settle('disconnected.qr_expired', 'qr_expired'),
  'given up, at rest': () => settle('failed.gave_up', 'restarts_exhausted'),
  'logging out': async () => {
    await run('ready.online');
    await request(fixture.store(), ANA, 'logout');
  },
  'logged out': () => settle('disconnected.logged_out', 'logged_out', 'logout'),
  deleting: async () => {
    await run('ready.online');
    await request(fixture.store(), ANA, 'delete');
  },
} as const;

const NOT_FOUND = 'SESSION_NOT_FOUND';
const NOT_WAITING = 'NOT_WAITING_QR';
const PENDING = 'DELETION_PENDING';
const UNCHANGED = 'unchanged';
const QUEUED = 'running disconnected.queued active';

/**
 * For each situation, what each action leads to: a refusal, no change, or `desired value` and what else is then the
 * case.
 */
const EXPECTED: Record<keyof typeof SITUATIONS, Record<Action, string>> = {
  missing: {
    create: 'stopped disconnected.never_started',
    create_and_start: QUEUED,
    start: NOT_FOUND,
    stop: NOT_FOUND,
    restart: NOT_FOUND,
    reconnect: NOT_FOUND,
    logout: NOT_FOUND,
    delete: NOT_FOUND,
    pair: NOT_FOUND,
  },
  'never started': {
    create: UNCHANGED,
    create_and_start: QUEUED,
    start: QUEUED,
    stop: UNCHANGED,
    restart: QUEUED,
    reconnect: QUEUED,
    pair: NOT_WAITING,
    logout: 'stopped disconnected.never_started erasure logout',
    delete: 'deleted disconnected.never_started erasure',
  },
  queued: {
    create: UNCHANGED,
    create_and_start: UNCHANGED,
    start: UNCHANGED,
    pair: NOT_WAITING,
    stop: 'stopped disconnected.stopped done',
    restart: `${QUEUED} restart`,
    reconnect: `${QUEUED} reconnect`,
    logout: 'stopped disconnected.queued erasure logout',
    delete: 'deleted disconnected.queued erasure',
  },
  ready: {
    create: UNCHANGED,
    create_and_start: UNCHANGED,
    start: UNCHANGED,
    pair: NOT_WAITING,
    stop: 'stopped ready.online',
    restart: 'running ready.online active restart',
    reconnect: 'running ready.online active reconnect',
    logout: 'stopped ready.online erasure logout',
    delete: 'deleted ready.online erasure',
  },
  waiting: {
    create: UNCHANGED,
    create_and_start: UNCHANGED,
    start: UNCHANGED,
    pair: 'running waiting_qr.showing active pair',
    stop: 'stopped waiting_qr.showing',
    restart: 'running waiting_qr.showing active restart',
    reconnect: 'running waiting_qr.showing active reconnect',
    logout: 'stopped waiting_qr.showing erasure logout',
    delete: 'deleted waiting_qr.showing erasure',
  },
  'stopping, still owned': {
    create: UNCHANGED,
    stop: UNCHANGED,
    pair: NOT_WAITING,
    create_and_start: 'running ready.online active',
    start: 'running ready.online active',
    restart: 'running ready.online active restart',
    reconnect: 'running ready.online active reconnect',
    logout: 'stopped ready.online erasure logout',
    delete: 'deleted ready.online erasure',
  },
  stopped: {
    create: UNCHANGED,
    create_and_start: QUEUED,
    start: QUEUED,
    stop: UNCHANGED,
    restart: QUEUED,
    reconnect: QUEUED,
    pair: NOT_WAITING,
    logout: 'stopped disconnected.stopped erasure logout',
    delete: 'deleted disconnected.stopped erasure',
  },
  'expired, at rest': {
    create: UNCHANGED,
    create_and_start: QUEUED,
    start: QUEUED,
    restart: QUEUED,
    reconnect: QUEUED,
    pair: NOT_WAITING,
    stop: 'stopped disconnected.qr_expired done',
    logout: 'stopped disconnected.qr_expired erasure logout',
    delete: 'deleted disconnected.qr_expired erasure',
  },
  'given up, at rest': {
    create: UNCHANGED,
    create_and_start: QUEUED,
    start: QUEUED,
    restart: QUEUED,
    reconnect: QUEUED,
    pair: NOT_WAITING,
    stop: 'stopped disconnected.stopped done',
    logout: 'stopped failed.gave_up erasure logout',
    delete: 'deleted failed.gave_up erasure',
  },
  'logging out': {
    create: UNCHANGED,
    stop: UNCHANGED,
    logout: UNCHANGED,
    pair: NOT_WAITING,
    create_and_start: 'running ready.online active erasure',
    start: 'running ready.online active erasure',
    restart: 'running ready.online active erasure restart',
    reconnect: 'running ready.online active erasure reconnect',
    delete: 'deleted ready.online erasure',
  },
  'logged out': {
    create: UNCHANGED,
    create_and_start: QUEUED,
    start: QUEUED,
    stop: UNCHANGED,
    restart: QUEUED,
    reconnect: QUEUED,
    pair: NOT_WAITING,
    logout: UNCHANGED,
    delete: 'deleted disconnected.logged_out erasure',
  },
  deleting: {
    create: PENDING,
    create_and_start: PENDING,
    start: PENDING,
    stop: PENDING,
    restart: PENDING,
    reconnect: PENDING,
    logout: PENDING,
    pair: PENDING,
    delete: UNCHANGED,
  },
};

async function seqBefore(): Promise<number> {
  return (await fixture.store().find(ANA))?.intent.intentSeq ?? 0;
}

/** The outcome of the request numbered `seq`, in the words of {@link EXPECTED}. */
async function describeState(seq: number): Promise<string> {
  const { session, intent } = await fixture.find(ANA);
  const words = [intent.desired, session.value];
  const inActive = await fixture.redis.zscore(fixture.keys.active, KEY);
  const inActiveOfUser = await fixture.redis.zscore(fixture.keys.activeOf(ANA.userId), KEY);
  expect(inActiveOfUser).toBe(inActive);
  if (inActive !== null) words.push('active');
  if ((await fixture.redis.sismember(fixture.keys.pendingErasures, KEY)) === 1) words.push('erasure');
  for (const act of ['restart', 'reconnect', 'logout', 'pair'] as const)
    if (seq > 0 && intent[act] === seq) words.push(act);
  if (seq > 0 && intent.handledSeq === seq) words.push('done');
  return words.join(' ');
}

const CASES = Object.entries(EXPECTED).flatMap(([situation, actions]) =>
  Object.entries(actions).map(([action, expected]) => ({ situation, action, expected })),
);

function isSituation(name: string): name is keyof typeof SITUATIONS {
  return Object.hasOwn(SITUATIONS, name);
}

function isAction(name: string): name is Action {
  return Object.hasOwn(EXPECTED.missing, name);
}

describe('A request', () => {
  it.each(CASES)('to $action a session that is $situation: $expected', async ({ situation, action, expected }) => {
    if (!isSituation(situation) || !isAction(action)) throw new Error('The table has a row that does not exist');
    await SITUATIONS[situation]();
    const before = await fixture.contents();
    const [oldSeq, oldRev, events] = [
      await seqBefore(),
      Number((await fixture.fields(KEY))['rev'] ?? 0),
      await fixture.events(),
    ];
    fixture.now += 1_000;

    if ([NOT_FOUND, NOT_WAITING, PENDING].includes(expected)) {
      expect(await codeOf(request(fixture.store(), ANA, action))).toBe(expected);
      expect(await fixture.contents()).toEqual(before);
      return;
    }
    const answer = await request(fixture.store(), ANA, action);
    expect(answer.created).toBe(situation === 'missing');
    expect(answer.changed).toBe(expected !== UNCHANGED);
    if (expected === UNCHANGED) {
      expect(await fixture.contents()).toEqual(before);
      expect(answer).toMatchObject({ intentSeq: oldSeq, session: { rev: oldRev } });
      return;
    }
    expect(answer.intentSeq).toBe(action === 'create' ? 0 : oldSeq + 1);
    expect(answer.session).toEqual((await fixture.find(ANA)).session);
    expect(answer.session).toMatchObject({ rev: oldRev + 1, updatedAt: new Date(fixture.now).toISOString() });
    expect(await describeState(answer.intentSeq)).toBe(expected);

    const added = (await fixture.events()).slice(events.length);
    expect(added.map(({ fields }) => fields)).toEqual([
      { type: 'session.snapshot', event: `intent.${action}`, ...(await fixture.fields(KEY)) },
    ]);
  });
});

describe('A session that is being deleted', () => {
  it('is found by its owner and by nobody else', async () => {
    await SITUATIONS.deleting();
    expect((await fixture.find(ANA)).intent.desired).toBe('deleted');
    expect(await codeOf(fixture.store().get(ANA))).toBe(NOT_FOUND);
    expect((await fixture.store().list({ userId: ANA.userId, limit: 10 })).items).toEqual([]);
  });
});
