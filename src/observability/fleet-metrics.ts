import type { Registry } from 'prom-client';

import type { FleetReader, FleetReport } from '../store/fleet.ts';
import { addGauge } from './gauge.ts';
import { LastAnswer, type Looking } from './last-answer.ts';
import type { ServiceLevel } from './service-level.ts';

/** Where the fleet as a whole is read. */
export interface FleetSources {
  readonly fleet: Pick<FleetReader, 'read'>;
  /** How available everybody's sessions were in the last so many milliseconds. */
  readonly level: (windowMs: number) => Promise<ServiceLevel>;
}

/** What `wa_slo_*` is about: long enough that a planned move is no outage, short enough to be told of. */
const LEVEL_WINDOW_MS = 3_600_000;
const WINDOW = '1h';
/** It is counted from the histories of all sessions, by each process. */
const LEVEL_GOOD_FOR_MS = 300_000;

/** The whole fleet, the same at each process. Absent while Redis does not answer. */
export function registerFleetMetrics(registry: Registry, sources: FleetSources, looking: Looking): void {
  const fleet = new LastAnswer({ ...looking, ask: () => sources.fleet.read() });
  const level = new LastAnswer({
    ...looking,
    goodForMs: LEVEL_GOOD_FOR_MS,
    ask: () => sources.level(LEVEL_WINDOW_MS),
  });
  addGauge(registry, {
    name: 'wa_fleet_nodes',
    help: 'Nodes that run sessions, by whether they take any or give theirs away.',
    labelNames: ['state'],
    async collect() {
      const report = await fleet.look();
      this.reset();
      if (report === null) return;
      const draining = report.nodes.filter(({ nodeId }) => report.draining.has(nodeId)).length;
      this.set({ state: 'serving' }, report.nodes.length - draining);
      this.set({ state: 'draining' }, draining);
    },
  });
  const each: [name: string, help: string, of: (report: FleetReport) => number][] = [
    [
      'wa_fleet_builds',
      'Different builds among the nodes: 2 while a new one is rolled out.',
      ({ nodes }) => new Set(nodes.map(({ version, build }) => `${version} ${build ?? ''}`)).size,
    ],
    ['wa_fleet_nodes_set_otherwise', 'Nodes with other limits than most.', ({ nodes }) => oddOnes(nodes)],
    ['wa_fleet_sessions_wanted', 'Sessions that are to run, those in the queue included.', ({ wanted }) => wanted],
    ['wa_fleet_sessions_max', 'MAX_SESSIONS, as it holds in the fleet.', ({ maxSessions }) => maxSessions],
  ];
  for (const [name, help, of] of each) {
    addGauge(registry, {
      name,
      help,
      async collect() {
        const report = await fleet.look();
        if (report === null) this.remove();
        else this.set(of(report));
      },
    });
  }
  registerLevel(registry, level);
}

function registerLevel(registry: Registry, level: LastAnswer<ServiceLevel>): void {
  addGauge(registry, {
    name: 'wa_slo_availability',
    help: 'Ready seconds of the wanted ones, of all sessions, as GET /api/slo counts them. Absent where none was wanted.',
    labelNames: ['window'],
    async collect() {
      const now = await level.look();
      this.reset();
      const availability = now?.availability ?? null;
      if (availability !== null) this.set({ window: WINDOW }, availability);
    },
  });
  addGauge(registry, {
    name: 'wa_slo_wanted_seconds',
    help: 'Seconds in which sessions were wanted and needed no person, summed over all of them.',
    labelNames: ['window'],
    async collect() {
      const now = await level.look();
      this.reset();
      if (now !== null) this.set({ window: WINDOW }, now.wantedSeconds);
    },
  });
  addGauge(registry, {
    name: 'wa_slo_away_seconds',
    help: 'Those of them in which the session was not ready, by reason.',
    labelNames: ['window', 'cause'],
    async collect() {
      const now = await level.look();
      this.reset();
      for (const [cause, seconds] of Object.entries(now?.byCause ?? {})) this.set({ window: WINDOW, cause }, seconds);
    },
  });
}

/** How many nodes have other limits than those that most of them have. */
function oddOnes(nodes: FleetReport['nodes']): number {
  const counts = new Map<string, number>();
  for (const { fleet } of nodes) {
    if (fleet === null) continue;
    const { maxSessions, maxSessionsPerUser, userLimitPolicy } = fleet.limits;
    const limits = `${maxSessions} ${maxSessionsPerUser} ${userLimitPolicy}`;
    counts.set(limits, (counts.get(limits) ?? 0) + 1);
  }
  const all = [...counts.values()];
  return all.reduce((sum, count) => sum + count, 0) - Math.max(0, ...all);
}
