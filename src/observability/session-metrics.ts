import { Counter, Histogram, type Registry } from 'prom-client';

import type { LaunchOutcome, Telemetry } from './telemetry.ts';
import { UNREADABLE_KINDS, type LossCause } from '../whatsapp/device.ts';

/** All of them, so that each is there at 0 before it first happens. A missing one is a compile error. */
const CAUSES = Object.keys({
  logged_out: true,
  launch_timeout: true,
  sync_timeout: true,
  browser_crashed: true,
  page_crashed: true,
  page_unresponsive: true,
  network: true,
  conflict: true,
  blocked: true,
  outdated: true,
  browser_too_old: true,
  other_account: true,
  internal_error: true,
} satisfies Record<LossCause, true>);
const OUTCOMES = Object.keys({ up: true, failed: true, abandoned: true } satisfies Record<LaunchOutcome, true>);
const VERDICTS = Object.keys({ restarted: true, parked: true } satisfies Record<
  Parameters<Telemetry['judged']>[0],
  true
>);
const RENEWALS = Object.keys({ age: true, memory: true, storage: true } satisfies Record<
  Parameters<Telemetry['renewed']>[0],
  true
>);

/**
 * The machine's events, by their first word. Any other event becomes `other`: a label's values must be few, and hold no
 * id.
 */
const MACHINE_EVENT = /^(?:init|(?:session|node|launch|supervisor|browser|probe|profile|after)\.[A-Za-z_]{1,40})$/;

const LAUNCH_SECONDS = [0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120];
const RECOVERY_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600];

/** Counters of the events of all sessions, without their names. Nothing here throws. */
export function createSessionMetrics(registry: Registry): Telemetry {
  const shared = { registers: [registry] };
  const transitions = new Counter({
    ...shared,
    name: 'wa_session_transitions_total',
    help: 'Moves of sessions from one state to another, by the event that led there.',
    labelNames: ['from', 'to', 'event'],
  });
  const losses = new Counter({
    ...shared,
    name: 'wa_session_losses_total',
    help: 'Browsers that were lost, by cause.',
    labelNames: ['cause'],
  });
  const recoveries = new Histogram({
    ...shared,
    name: 'wa_session_recovery_seconds',
    help: 'How long sessions that were lost took until they were ready again.',
    buckets: RECOVERY_SECONDS,
  });
  const launches = new Histogram({
    ...shared,
    name: 'wa_launch_seconds',
    help: 'How long launches of browsers took until they were up, had failed or were given up.',
    labelNames: ['outcome'],
    buckets: LAUNCH_SECONDS,
  });
  const verdicts = new Counter({
    ...shared,
    name: 'wa_supervisor_verdicts_total',
    help: 'Failed sessions that the supervisor restarted, or parked for a person to look at.',
    labelNames: ['verdict'],
  });
  const renewals = new Counter({
    ...shared,
    name: 'wa_browser_renewals_total',
    help: 'Planned renewals of browsers, by why.',
    labelNames: ['why'],
  });

  const unreadable = new Counter({
    ...shared,
    name: 'wa_page_unreadable_total',
    help: 'What pages of WhatsApp Web told and the service cannot read, by kind.',
    labelNames: ['kind'],
  });

  for (const cause of CAUSES) losses.inc({ cause }, 0);
  for (const outcome of OUTCOMES) launches.zero({ outcome });
  for (const verdict of VERDICTS) verdicts.inc({ verdict }, 0);
  for (const kind of UNREADABLE_KINDS) unreadable.inc({ kind }, 0);
  for (const why of RENEWALS) renewals.inc({ why }, 0);

  return {
    moved: (from, to, event) => transitions.inc({ from, to, event: MACHINE_EVENT.test(event) ? event : 'other' }),
    lost: (cause) => losses.inc({ cause }),
    launched: (outcome, durationMs) => launches.observe({ outcome }, seconds(durationMs)),
    recovered: (durationMs) => recoveries.observe(seconds(durationMs)),
    judged: (verdict) => verdicts.inc({ verdict }),
    unreadable: (kind) => unreadable.inc({ kind }),
    renewed: (why) => renewals.inc({ why }),
  };
}

/** A clock that was set back must not make a time negative, nor a sum not a number. */
function seconds(durationMs: number): number {
  return Number.isFinite(durationMs) ? Math.max(0, durationMs) / 1_000 : 0;
}
