import { Counter, Histogram, type Registry } from 'prom-client';

import { DELIVERY_OUTCOMES, WEBHOOK_STATES, type WebhookFigures } from '../domain/webhook.ts';
import { addGauge } from './gauge.ts';
import type { LastAnswer } from './last-answer.ts';
import type { WebhookTelemetry } from './telemetry.ts';

const ATTEMPT_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** Counters of the attempts of this process, without a word of where they went. */
export function createWebhookTelemetry(registry: Registry): WebhookTelemetry {
  const attempts = new Counter({
    registers: [registry],
    name: 'wa_webhook_attempts_total',
    help: 'Attempts to deliver an event to a webhook, by what came of them.',
    labelNames: ['outcome'],
  });
  const seconds = new Histogram({
    registers: [registry],
    name: 'wa_webhook_attempt_seconds',
    help: 'How long those attempts took.',
    buckets: ATTEMPT_SECONDS,
  });
  for (const outcome of DELIVERY_OUTCOMES) attempts.inc({ outcome }, 0);
  return {
    attempted: (outcome, durationMs) => {
      attempts.inc({ outcome });
      seconds.observe(durationMs / 1_000);
    },
  };
}

/** How the webhooks of the whole fleet do. Absent while Redis does not answer. */
export function registerWebhookFigures(registry: Registry, figures: LastAnswer<WebhookFigures>): void {
  addGauge(registry, {
    name: 'wa_webhooks',
    help: 'Endpoints of webhooks in the whole fleet, by state.',
    labelNames: ['state'],
    async collect() {
      const now = await figures.look();
      this.reset();
      for (const state of WEBHOOK_STATES) if (now !== null) this.set({ state }, now.endpoints[state]);
    },
  });
  addGauge(registry, {
    name: 'wa_lanes',
    help: 'Sessions with something to deliver, lanes that try again later, and lanes that wait for a place.',
    labelNames: ['state'],
    async collect() {
      const now = await figures.look();
      this.reset();
      for (const [state, count] of Object.entries(now?.lanes ?? {})) this.set({ state }, count);
    },
  });
  addGauge(registry, {
    name: 'wa_webhook_lag_seconds',
    help: 'Age of the oldest event that is still to be delivered.',
    async collect() {
      const now = await figures.look();
      if (now === null) this.remove();
      else this.set(now.lagMs / 1_000);
    },
  });
  addGauge(registry, {
    name: 'wa_dead_letters',
    help: 'Events that an endpoint refused for good.',
    async collect() {
      const now = await figures.look();
      if (now === null) this.remove();
      else this.set(now.deadLetters);
    },
  });
}
