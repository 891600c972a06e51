import { systemClock, type Clock } from '../domain/clock.ts';
import { ControlledClock, obeyStarter } from './controlled-clock.ts';

/** What a test suite may ask of time: `aheadMs` of the world's at the start, and turned by whoever started the process. */
type ClockSetting = { readonly kind: 'world' } | { readonly kind: 'controlled'; readonly aheadMs: number };

/** The time that sessions live by, and that their records tell. */
export function sessionClock(setting: ClockSetting, host: NodeJS.Process): Clock {
  if (setting.kind === 'world') return systemClock;
  const controlled = new ControlledClock(setting.aheadMs);
  obeyStarter(controlled, host);
  return controlled;
}
