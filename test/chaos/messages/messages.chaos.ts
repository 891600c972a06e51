import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { keepRow } from '../rows.ts';
import { expectWhole } from './expect-whole.ts';
import { MessagingFleet } from './messaging-fleet.ts';
import { EVERY_STRIKE, play, type Planned } from './strike-plan.ts';
import { Traffic, type Verdict } from './traffic.ts';

const MESSAGES = 1_000;
const RUNS_FOR_MS = 1_200_000;
/** Longer than a lease, so that the other node has taken over when the former owner wakes. */
const BEYOND_A_LEASE_MS = 20_000;

it(
  '1,000 go out and 1,000 come in, and each thing that can die or freeze does so at each step: none is lost, doubled or wrongly reported',
  { timeout: RUNS_FOR_MS },
  async () => {
    const fleet = await MessagingFleet.ready(['one']);
    const traffic = new Traffic(fleet);
    const missed = await play(fleet, traffic, EVERY_STRIKE, Math.ceil(MESSAGES / EVERY_STRIKE.length));
    tell(await expectWhole(traffic), EVERY_STRIKE, missed, '7 faults at each of 9 steps, one node');
    expect(missed).toEqual([]);
  },
);

/** With two nodes, the owner goes at the steps of a hand-over, and the other one takes over. */
const TAKEOVERS: readonly Planned[] = (
  [
    'written down as begun, before the page has it',
    'stored by the page, before WhatsApp has it',
    'taken by WhatsApp, before the page answers',
    'answered, before that is written down',
    'came in, before that is written down',
  ] as const
).flatMap((step): readonly Planned[] => [
  {
    step,
    name: 'kill -9 of the owner',
    blow: async (fleet) => {
      const owner = await fleet.owner();
      await owner.kill();
      await fleet.owner();
      await owner.start();
    },
  },
  {
    step,
    name: 'SIGSTOP of the owner beyond its lease',
    blow: async (fleet) => {
      const thaw = (await fleet.owner()).freeze();
      await delay(BEYOND_A_LEASE_MS);
      thaw();
    },
  },
]);

it(
  'the same with two nodes: the owner dies or freezes at the steps of a hand-over, and the other one takes over',
  { timeout: RUNS_FOR_MS },
  async () => {
    const fleet = await MessagingFleet.ready(['one', 'two']);
    const traffic = new Traffic(fleet);
    const missed = await play(fleet, traffic, TAKEOVERS, MESSAGES / TAKEOVERS.length);
    tell(await expectWhole(traffic), TAKEOVERS, missed, '10 takeovers, two nodes');
    expect(missed).toEqual([]);
  },
);

function tell(verdict: Verdict, plan: readonly Planned[], missed: readonly Planned[], what: string): void {
  const { out, in: received, unknown } = verdict;
  const struck = plan.length - missed.length;
  process.stdout.write(`${what}: ${struck} of ${plan.length} struck; unknown: ${unknown.join(', ') || 'none'}\n`);
  keepRow({
    fault: `${struck} strikes while ${out} messages go out and ${received} come in: ${what}`,
    outcome: `0 lost, 0 doubled, 0 wrongly reported, each chat in order; ${unknown.length} unknown`,
    recoveredMs: null,
  });
}
