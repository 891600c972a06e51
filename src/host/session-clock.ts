import { systemClock, type Clock } from '../domain/clock.ts';
import { ControlledClock, obeyStarter } from './controlled-clock.ts';

/** `controlled`: starts `aheadMs` ahead of the system's time, and is turned by the parent process. For test suites. */
type ClockSetting = { readonly kind: 'system' } | { readonly kind: 'controlled'; readonly aheadMs: number };

/** The time that sessions live by, and that their records tell. */
export function sessionClock(setting: ClockSetting, host: NodeJS.Process): Clock {
  if (setting.kind === 'system') return systemClock;
  const controlled = new ControlledClock(setting.aheadMs);
  obeyStarter(controlled, host);
  return controlled;
}
