import { setTimeout as delay } from 'node:timers/promises';

import { KEY, type MessagingFleet } from './messaging-fleet.ts';
import { STEPS, type Step } from './strikes.ts';
import type { Traffic } from './traffic.ts';

const FROZEN_MS = 2_000;
/** A step that nothing comes to for so long is tried again after another one. */
const COMES_WITHIN_MS = 8_000;

/** What strikes; resolves once it is over, and whatever it struck runs again. */
type Blow = (fleet: MessagingFleet) => Promise<void>;

export const BLOWS = {
  'the page dies': async ({ phones }) => void phones.driver.play(KEY, { event: 'page_crash' }),
  'kill -9 of the browser': async ({ phones }) => void phones.driver.play(KEY, { event: 'browser_crash' }),
  'the browser freezes': async ({ phones }) => void phones.driver.play(KEY, { event: 'hang' }),
  'kill -9 of the service': async (fleet) => {
    const owner = await fleet.owner();
    await owner.kill();
    await owner.start();
  },
  'SIGSTOP of the service for two seconds': async (fleet) => {
    const owner = await fleet.owner();
    const thaw = owner.freeze();
    await delay(FROZEN_MS);
    thaw();
  },
  'kill -9 of Redis': ({ redis }) => redis.restart(),
  'SIGSTOP of Redis for two seconds': async ({ redis }) => {
    process.kill(redis.pid, 'SIGSTOP');
    await delay(FROZEN_MS);
    process.kill(redis.pid, 'SIGCONT');
  },
} as const satisfies Record<string, Blow>;
export type BlowName = keyof typeof BLOWS;
export const BLOW_NAMES = Object.keys(BLOWS) as readonly BlowName[]; // of the object above

export interface Planned {
  readonly step: Step;
  readonly name: string;
  readonly blow: Blow;
}

/** Each blow at each step. */
export const EVERY_STRIKE: readonly Planned[] = STEPS.flatMap((step) =>
  BLOW_NAMES.map((name) => ({ step, name, blow: BLOWS[name] })),
);

/**
 * Plays them one after another while `traffic` goes both ways, so many messages with each. Resolves with those that
 * nothing came to, however often they were tried.
 */
export async function play(
  fleet: MessagingFleet,
  traffic: Traffic,
  plan: readonly Planned[],
  messages: number,
): Promise<readonly Planned[]> {
  let left = [...plan];
  for (let round = 0; left.length > 0 && round < 3; round += 1) {
    const missed: Planned[] = [];
    for (const planned of left) {
      let over: Promise<void> = Promise.resolve();
      const struck = fleet.strikes.at(
        planned.step,
        () => {
          over = planned.blow(fleet);
        },
        AbortSignal.timeout(COMES_WITHIN_MS),
      );
      prompt(fleet, planned.step);
      await Promise.all([traffic.run(messages), struck.then((is) => (is ? undefined : missed.push(planned)))]);
      await over;
    }
    left = missed;
  }
  return left;
}

/** Brings about what some steps come after. */
function prompt({ phones, strikes }: MessagingFleet, step: Step): void {
  if (step === 'before it is looked up') strikes.lose('in_page');
  if (step === 'before what came meanwhile is asked for') phones.driver.play(KEY, { event: 'page_crash' });
}
