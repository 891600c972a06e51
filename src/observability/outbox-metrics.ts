import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { addGauge } from './gauge.ts';
import type { LastAnswer } from './last-answer.ts';
import { MESSAGE_HOLDS } from '../domain/message-record.ts';
import type { OutboxCounts, OutboxFigures } from '../domain/outbox-counts.ts';

const STEP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60];
const STEPS = ['prepare', 'send', 'ack'] as const;
/** How the not knowing of a message ends. */
const ENDS = ['sent', 'failed', 'queued'] as const;

/** What waits to be sent in the whole fleet. Absent while Redis does not answer. */
export function registerOutboxFigures(registry: Registry, figures: LastAnswer<OutboxFigures>): void {
  const each: [name: string, help: string, of: (now: OutboxFigures) => number][] = [
    [
      'wa_outbox_depth',
      'Messages that are to be sent, or of which nobody knows, in the whole fleet.',
      ({ depth }) => depth,
    ],
    ['wa_outbox_oldest_seconds', 'Age of the oldest of them whose time has come.', ({ oldestMs }) => oldestMs / 1_000],
  ];
  for (const [name, help, of] of each) {
    addGauge(registry, {
      name,
      help,
      async collect() {
        const now = await figures.look();
        if (now === null) this.remove();
        else this.set(of(now));
      },
    });
  }
}

/** What of outboxes is counted, without whose they are. */
export function createOutboxMetrics(registry: Registry): OutboxCounts {
  const registers = [registry];
  const messages = new Counter({
    registers,
    name: 'wa_messages_total',
    help: 'Messages, by what became of them.',
    labelNames: ['direction', 'kind', 'state'],
  });
  const steps = new Histogram({
    registers,
    name: 'wa_send_seconds',
    help: 'How long the steps of sending took: to prepare, to hand over, until the first acknowledgement.',
    labelNames: ['step'],
    buckets: STEP_SECONDS,
  });
  const unknown = new Counter({
    registers,
    name: 'wa_unknown_total',
    help: 'Messages of which nobody knew whether they went out, by what was found.',
    labelNames: ['end'],
  });
  const held = new Gauge({
    registers,
    name: 'wa_held',
    help: 'Outboxes of this process that are held as a whole, by what.',
    labelNames: ['by'],
  });
  for (const step of STEPS) steps.zero({ step });
  for (const end of ENDS) unknown.inc({ end }, 0);
  for (const by of MESSAGE_HOLDS) held.set({ by }, 0);
  return {
    moved: (before, after) => {
      if (before.status === after.status) return;
      messages.inc({ direction: 'out', kind: after.type, state: after.status });
      if (before.status === 'unknown')
        unknown.inc({ end: after.status === 'failed' || after.status === 'queued' ? after.status : 'sent' });
    },
    step: (step, ms) => steps.observe({ step }, Math.max(0, ms) / 1_000),
    held: (before, after) => {
      if (before !== null) held.dec({ by: before });
      if (after !== null) held.inc({ by: after });
    },
  };
}
