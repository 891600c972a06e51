import { expect, it } from 'vitest';

import { expectWhole } from './expect-whole.ts';
import { MessagingFleet } from './messaging-fleet.ts';
import { BLOWS, type BlowName, play } from './strike-plan.ts';
import type { Step } from './strikes.ts';
import { Traffic } from './traffic.ts';

/** Those that a second of waiting is not the most of. The others are for `npm run chaos`. */
const QUICK: readonly (readonly [Step, BlowName])[] = [
  ['written down as begun, before the page has it', 'kill -9 of the browser'],
  ['stored by the page, before WhatsApp has it', 'the page dies'],
  ['taken by WhatsApp, before the page answers', 'kill -9 of the service'],
  ['answered, before that is written down', 'kill -9 of Redis'],
  ['came in, before that is written down', 'the page dies'],
];

it('no message is lost, doubled or wrongly reported, whatever is killed at a step of it', async () => {
  const fleet = await MessagingFleet.ready(['one']);
  const traffic = new Traffic(fleet);
  const plan = QUICK.map(([step, name]) => ({ step, name, blow: BLOWS[name] }));
  expect(await play(fleet, traffic, plan, 16)).toEqual([]);
  await expectWhole(traffic);
});
