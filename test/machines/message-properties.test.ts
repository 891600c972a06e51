import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { MessageEvent } from '../../machines/message.machine.ts';
import { MESSAGE_EVENTS } from './message-events.ts';
import { runMessage } from './run-message.ts';

const events = fc.array(fc.constantFrom(...MESSAGE_EVENTS), { maxLength: 40, size: 'max' });
const OUT = ['sent', 'delivered', 'read'];

type Run = ReturnType<typeof runMessage>;

function always(check: (run: Run, last: MessageEvent, before: { status: string; ack: number | null }) => void): void {
  fc.assert(
    fc.property(fc.constantFrom('hold', 'resend'), events, (onUnknown, all) => {
      const run = runMessage({ onUnknown });
      for (const event of all) {
        const before = { status: run.status(), ack: run.actor.getSnapshot().context.ack };
        run.actor.send(event);
        check(run, event, before);
      }
      expect(run.errors).toEqual([]);
      run.actor.stop();
    }),
    { numRuns: 1_000 },
  );
}

describe('whatever becomes of a message', () => {
  it('is called sent only by an acknowledgement of WhatsApp’s server, or by a person', () => {
    always(({ status, actor }, last, before) => {
      if (!OUT.includes(status()) || OUT.includes(before.status)) return;
      const byPerson = last.type === 'message.resolve' && last.as === 'sent';
      if (!byPerson) expect(actor.getSnapshot().context.ack).toBeGreaterThanOrEqual(1);
    });
  });

  it('has an acknowledgement that only rises', () => {
    always(({ actor }, _, before) => {
      expect(actor.getSnapshot().context.ack ?? -1).toBeGreaterThanOrEqual(before.ack ?? -1);
    });
  });

  it('what is out is never handed over again, nor does it fail', () => {
    always(({ status }, _, before) => {
      if (OUT.includes(before.status)) expect(OUT).toContain(status());
    });
  });

  it('an answer that is missing makes it unknown, never failed', () => {
    always(({ status }, last, before) => {
      if (last.type === 'send.lost' && before.status === 'sending') expect(status()).toBe('unknown');
    });
  });

  it('what nobody knows goes out again only where it is certain that it did not, or somebody said so', () => {
    always(({ status, actor }, last, before) => {
      if (before.status !== 'unknown' || status() !== 'queued') return;
      const isCertain = last.type === 'lookup.missing' && last.certain;
      const isAsked =
        (last.type === 'message.resolve' && last.as === 'resend') ||
        (last.type === 'lookup.missing' && actor.getSnapshot().context.onUnknown === 'resend');
      expect(isCertain || isAsked).toBe(true);
    });
  });

  it('what was taken back or expired before its turn has not gone out', () => {
    always(({ status }, last, before) => {
      if (['cancelled', 'expired'].includes(status()) && status() !== before.status) {
        expect(before.status).toBe('queued');
        expect(['message.cancel', 'message.expire']).toContain(last.type);
      }
    });
  });
});

it('a repetition without an answer does not count: the next page is asked for it', () => {
  const { actor } = runMessage();
  const steps: readonly MessageEvent[] = [
    { type: 'send.began' },
    { type: 'send.accepted', ack: 0 },
    { type: 'ack.overdue' },
    { type: 'send.lost' },
    { type: 'lookup.found', ack: 0 },
  ];
  for (const event of steps) actor.send(event);
  expect(actor.getSnapshot()).toMatchObject({ value: { sending: 'awaiting_ack' }, context: { repeated: false } });
  actor.stop();
});
