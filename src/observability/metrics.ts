import { collectDefaultMetrics, Registry } from 'prom-client';

import type { WebhookFigures } from '../domain/webhook.ts';
import type { Pool } from './pool.ts';
import type { Telemetry, WebhookTelemetry } from './telemetry.ts';
import type { EventLoopMonitor } from './event-loop.ts';
import { registerFleetMetrics, type FleetSources } from './fleet-metrics.ts';
import { addGauge } from './gauge.ts';
import { LastAnswer } from './last-answer.ts';
import type { MetricsSource } from './metrics-source.ts';
import type { PageCounts } from '../domain/message.ts';
import type { OutboxCounts, OutboxFigures } from '../domain/outbox-counts.ts';
import { createOutboxMetrics, registerOutboxFigures } from './outbox-metrics.ts';
import type { ProfilePlace } from './profiles-health.ts';
import { createMessageMetrics, type MessageCounts } from './message-metrics.ts';
import { registerNodeMetrics } from './node-metrics.ts';
import { createSessionMetrics } from './session-metrics.ts';
import { createWebhookTelemetry, registerWebhookFigures } from './webhook-metrics.ts';

interface MetricsDeps {
  /** What waits to be sent, in the whole fleet. */
  readonly outboxes: () => Promise<OutboxFigures>;
  /** Sessions in the queue for a node, in the whole fleet. */
  readonly waiting: () => Promise<number>;
  readonly eventLoop: EventLoopMonitor;
  /** Of the service. */
  readonly version: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** A process that runs sessions. */
interface ShownNode {
  readonly pool: Pool;
  /** Sessions that it runs at most. */
  readonly capacity: number;
  /** Bytes that each of its browsers takes with all its processes. */
  readonly browserMemory: () => Promise<readonly number[]>;
  readonly profiles: () => Promise<ProfilePlace | null>;
  readonly pages: () => PageCounts;
}

export interface Metrics extends MetricsSource {
  readonly telemetry: Telemetry;
  readonly messages: MessageCounts;
  readonly outboxes: OutboxCounts;
  /** Shows a node as well. To be called once, where sessions run: elsewhere there is nothing of a node to show. */
  showNode(node: ShownNode): void;
  readonly webhooks: WebhookTelemetry;
  /** Shows the webhooks as well. To be called once, where they are delivered. */
  showWebhooks(figures: () => Promise<WebhookFigures>): void;
  /** Shows the fleet as well, and how available everybody's sessions were. To be called once. */
  showFleet(sources: FleetSources): void;
  /** Ends all that it keeps: nothing is shown afterwards. */
  close(): void;
}

const LOOK_DEADLINE_MS = 1_000;
const LOOK_GOOD_FOR_MS = 5_000;
/** prom-client watches the event loop on its own, at this pace: as good as never, since ours is shown instead. */
const NEVER_MS = 3_600_000;

/**
 * Everything this process shows to Prometheus: what happened to its sessions, its pool, and itself. No series is about
 * one session or one user.
 */
export function createMetrics({ waiting, outboxes: figures, eventLoop, version, now }: MetricsDeps): Metrics {
  const registry = new Registry();
  const looked = { deadlineMs: LOOK_DEADLINE_MS, goodForMs: LOOK_GOOD_FOR_MS, now };
  const telemetry = createSessionMetrics(registry);
  const messages = createMessageMetrics(registry);
  const outboxes = createOutboxMetrics(registry);
  registerOutboxFigures(registry, new LastAnswer({ ...looked, ask: figures }));
  registerQueue(registry, new LastAnswer({ ...looked, ask: waiting }));
  registerEventLoop(registry, eventLoop);
  registerProcess(registry, version);
  const streams = addGauge(registry, {
    name: 'wa_event_streams',
    help: 'Clients that follow an event stream of this process.',
  });
  return {
    telemetry,
    webhooks: createWebhookTelemetry(registry),
    showWebhooks: (ask) => registerWebhookFigures(registry, new LastAnswer({ ...looked, ask })),
    showFleet: (sources) => registerFleetMetrics(registry, sources, looked),
    messages,
    outboxes,
    showNode: ({ browserMemory, profiles, ...node }) =>
      registerNodeMetrics(registry, {
        ...node,
        browserMemory: new LastAnswer({ ...looked, ask: browserMemory }),
        profiles: new LastAnswer({ ...looked, ask: profiles }),
      }),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    streamOpened: () => {
      streams.inc();
      return () => streams.dec();
    },
    close: () => registry.clear(),
  };
}

function registerQueue(registry: Registry, waiting: LastAnswer<number>): void {
  addGauge(registry, {
    name: 'wa_queue_waiting',
    help: 'Sessions that are in the queue for a node, in the whole fleet. Absent while Redis does not answer.',
    async collect() {
      const count = await waiting.look();
      if (count === null) this.remove();
      else this.set(count);
    },
  });
}

function registerEventLoop(registry: Registry, eventLoop: EventLoopMonitor): void {
  addGauge(registry, {
    name: 'wa_event_loop_delay_seconds',
    help: 'How late the event loop came to what was due, within the last half to whole minute.',
    labelNames: ['stat'],
    collect() {
      const { meanMs, p99Ms, maxMs } = eventLoop.read();
      this.set({ stat: 'mean' }, meanMs / 1_000);
      this.set({ stat: 'p99' }, p99Ms / 1_000);
      this.set({ stat: 'max' }, maxMs / 1_000);
    },
  });
}

/** The process by the names that ready-made dashboards know. */
function registerProcess(registry: Registry, version: string): void {
  addGauge(registry, {
    name: 'wa_build_info',
    help: 'Always 1; its labels say what runs.',
    labelNames: ['version', 'node_version'],
  }).set({ version, node_version: process.versions.node }, 1);
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_eventloop_lag_')) registry.removeSingleMetric(name);
  }
}
