import type { Registry } from 'prom-client';

import { CAPABILITIES, type PageCounts } from '../domain/message.ts';
import { BREAKER_STATES } from '../domain/node-states.ts';
import { SESSION_STATES } from '../domain/session.ts';
import type { Pool } from './pool.ts';
import type { ProfilePlace } from './profiles-health.ts';
import { addGauge } from './gauge.ts';
import type { LastAnswer } from './last-answer.ts';

interface NodeMetricsSources {
  readonly pool: Pool;
  readonly capacity: number;
  /** Bytes, one number for each browser. */
  readonly browserMemory: LastAnswer<readonly number[]>;
  readonly profiles: LastAnswer<ProfilePlace | null>;
  readonly pages: () => PageCounts;
}

/** A node's pool as it is, read when somebody asks. */
export function registerNodeMetrics(
  registry: Registry,
  { pool, capacity, browserMemory, profiles, pages }: NodeMetricsSources,
): void {
  const view = () => pool.getSnapshot().context;
  addGauge(registry, {
    name: 'wa_sessions',
    help: 'Sessions of this node, by state.',
    labelNames: ['state'],
    collect() {
      const { byState } = view();
      for (const state of SESSION_STATES) this.set({ state }, byState[state]);
    },
  });
  addGauge(registry, { name: 'wa_node_capacity', help: 'Sessions that this node runs at most.' }).set(capacity);
  addGauge(registry, {
    name: 'wa_launches_waiting',
    help: 'Sessions of this node that wait for a launch slot.',
    collect() {
      this.set(view().waiting);
    },
  });
  addGauge(registry, {
    name: 'wa_launches_in_flight',
    help: 'Browsers of this node that are coming up.',
    collect() {
      this.set(view().launching);
    },
  });
  addGauge(registry, {
    name: 'wa_breaker_state',
    help: 'The launch breaker of this node: 1 at the state it is in, 0 at the others.',
    labelNames: ['state'],
    collect() {
      const { breaker } = view();
      for (const state of BREAKER_STATES) this.set({ state }, state === breaker ? 1 : 0);
    },
  });
  addGauge(registry, {
    name: 'wa_pressure',
    help: '1 while memory or processor of this node are too short for new launches.',
    collect() {
      this.set(view().pressure === 'high' ? 1 : 0);
    },
  });
  addGauge(registry, {
    name: 'wa_page_capability',
    help: 'Ready sessions of this node, by whether their page of WhatsApp has what is needed for this.',
    labelNames: ['capability', 'state'],
    collect() {
      const counts = pages();
      for (const capability of CAPABILITIES) {
        this.set({ capability, state: 'there' }, counts[capability]);
        this.set({ capability, state: 'missing' }, counts.ready - counts[capability]);
      }
    },
  });
  registerBrowserMemory(registry, browserMemory);
  registerProfiles(registry, profiles);
}

/** The place of the live profiles. Without an answer there is no sample. */
function registerProfiles(registry: Registry, profiles: LastAnswer<ProfilePlace | null>): void {
  const each: [name: string, help: string, of: (place: ProfilePlace) => number][] = [
    ['wa_profiles_total_bytes', 'Size of the file system that holds live profiles.', (place) => place.totalBytes],
    ['wa_profiles_free_bytes', 'What is free of the file system that holds live profiles.', (place) => place.freeBytes],
    ['wa_profiles_used_bytes', 'What all live profiles of this node take.', (place) => place.usedBytes],
    ['wa_profiles_short', '1 while there is too little room for live profiles.', (place) => (place.isShort ? 1 : 0)],
    ['wa_profiles_not_storing', 'Sessions of this node whose pages store nothing.', (place) => place.notStoring],
  ];
  for (const [name, help, of] of each) {
    addGauge(registry, {
      name,
      help,
      async collect() {
        const place = await profiles.look();
        if (place === null) this.remove();
        else this.set(of(place));
      },
    });
  }
}

/**
 * No series per session: its label would name it. Without an answer in time there is no sample, rather than a false
 * one.
 */
function registerBrowserMemory(registry: Registry, memory: LastAnswer<readonly number[]>): void {
  const each: [name: string, help: string, of: (sizes: readonly number[]) => number][] = [
    ['wa_browsers', 'Browsers of this node that live.', (sizes) => sizes.length],
    [
      'wa_browser_memory_sum_bytes',
      'Memory of all browsers of this node, with all their processes.',
      (sizes) => sizes.reduce((sum, size) => sum + size, 0),
    ],
    ['wa_browser_memory_max_bytes', 'Memory of the largest browser of this node.', (sizes) => Math.max(0, ...sizes)],
  ];
  for (const [name, help, of] of each) {
    addGauge(registry, {
      name,
      help,
      async collect() {
        const sizes = await memory.look();
        if (sizes === null) this.remove();
        else this.set(of(sizes));
      },
    });
  }
}
