import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createPool } from '../../src/observability/pool.ts';
import { FleetRecord } from '../../src/store/fleet-record.ts';
import type { FleetLimits, FleetSettings } from '../../src/store/fleet-settings.ts';
import { NodeRegistry } from '../../src/store/nodes.ts';
import { StoreFixture } from './store-fixture.ts';

const LIMITS: FleetLimits = { maxSessions: 10, maxSessionsPerUser: 5, userLimitPolicy: 'reject' };
const SETTINGS: FleetSettings = {
  schema: 1,
  reader: 1,
  vault: 'Redis',
  sealsWith: 'k1',
  keys: { k1: 'aa' },
  limits: LIMITS,
};

let fixture: StoreFixture;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

/** A process of the fleet that is set so: it beats, then enters. */
async function enter(nodeId: string, over: Partial<FleetSettings> = {}) {
  const own = { ...SETTINGS, ...over };
  const { redis, keys } = fixture;
  const nodes = new NodeRegistry(redis, keys, () => ({ role: 'all', version: '1.0.0', rssBytes: 1, fleet: own }));
  await nodes.beat({ nodeId, startedAt: 0, sweeps: 0, capacity: 1, pool: createPool().getSnapshot().context });
  const record = new FleetRecord({ redis, keys, own, incarnation: nodes.incarnation, onOtherLimits: () => undefined });
  const leave = () => nodes.leave(nodeId);
  try {
    await record.enter(true);
  } catch (error) {
    await leave();
    throw error;
  }
  return { record, leave };
}
const refusal = (nodeId: string, over: Partial<FleetSettings>) =>
  enter(nodeId, over).then(
    () => 'entered',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

describe('A node that enters a fleet', () => {
  it.each([
    [{ vault: 'a directory' }, 'VAULT_STORE'],
    [{ keys: { k9: 'cc' }, sealsWith: 'k9' }, 'lacks key "k1"'],
    [{ keys: { k1: 'bb' } }, 'key "k1" of this node is another one'],
    [{ keys: { k2: 'bb', k1: 'aa' }, sealsWith: 'k2' }, 'Append it there first'],
  ])('is refused in one sentence while another lives that is set otherwise: %j', async (over, sentence) => {
    await enter('n1');
    const said = await refusal('n2', over);
    expect(said).toContain(sentence);
    expect(said).not.toContain('\n');
  });

  it('is the fleet when no other lives, however it is set', async () => {
    const { leave } = await enter('n1');
    await leave();
    expect(await refusal('n2', { vault: 'a directory', keys: { k9: 'cc' }, sealsWith: 'k9' })).toBe('entered');
  });

  it('is refused where the fleet writes records that its build cannot read', async () => {
    await enter('n1', { reader: 2, schema: 2 });
    expect(await refusal('n2', {})).toContain('take a newer build');
  });

  it('may bring a new key one node after another: appended everywhere, then first', async () => {
    let nodes = [await enter('a'), await enter('b')];
    for (const over of [
      { keys: { k1: 'aa', k2: 'bb' } },
      { keys: { k1: 'aa', k2: 'bb' }, sealsWith: 'k2' },
      { keys: { k2: 'bb' }, sealsWith: 'k2' },
    ]) {
      const next = [];
      for (const [index, node] of nodes.entries()) {
        await node.leave();
        next.push(await enter(['a', 'b'][index] ?? '', over));
      }
      nodes = next;
    }
    expect(await refusal('c', {})).toContain('lacks key "k2"');
  });

  it('takes the limits of the fleet, until no node lives that was started with them', async () => {
    const limits = { ...LIMITS, maxSessions: 99 };
    const [first, second] = [await enter('a'), await enter('b')];
    await first.leave();
    const a = await enter('a', { limits });
    expect(a.record.limits).toEqual(LIMITS);
    await second.leave();
    const b = await enter('b', { limits });
    expect(b.record.limits).toEqual(limits);
    await a.record.refresh();
    expect(a.record.limits).toEqual(limits);
  });
});
