import { describe, expect, it } from 'vitest';
import { sessionKey } from '../../../src/domain/session.ts';
import { ControlledClock } from '../../../src/host/controlled-clock.ts';
import { UnreadableNews } from '../../../src/supervisor/session/unreadable-news.ts';
import { session } from '../fleet.ts';
import { RecordingTelemetry } from '../recording-telemetry.ts';
import { useFleet } from '../use-fleet.ts';

const SALES = session('sales');
const WITHOUT_ID = { kind: 'message', why: 'a message without id' } as const;

describe('What a page tells and nobody can read', () => {
  it('is counted each time, and told once a minute with what was wrong', async () => {
    const clock = new ControlledClock();
    const telemetry = new RecordingTelemetry();
    const logged: object[] = [];
    const news = new UnreadableNews({ clock, telemetry, log: { warn: (fields) => logged.push(fields) } }, SALES);
    expect(news.add(WITHOUT_ID)).toEqual({
      code: 'PAGE_UNREADABLE',
      message: 'WhatsApp Web told what cannot be read: a message without id.',
    });
    for (let more = 0; more < 4; more += 1) expect(news.add(WITHOUT_ID)).toBeNull();
    await clock.advance(60_000);
    expect(news.add({ kind: 'state', why: 'the unknown state ODD' })?.message).toBe(
      'WhatsApp Web told what cannot be read: the unknown state ODD. It was the last of 5 things.',
    );
    expect(telemetry.lines).toEqual([...Array<string>(5).fill('unreadable message'), 'unreadable state']);
    expect(logged).toEqual([
      { sessionId: 'sales', userId: 'ana', kind: 'message', why: 'a message without id', count: 1 },
      { sessionId: 'sales', userId: 'ana', kind: 'state', why: 'the unknown state ODD', count: 5 },
    ]);
  });
});

describe('A session whose page tells such things', () => {
  const fixture = useFleet();

  it('stays ready, and shows in its last error what was wrong', async () => {
    const { fleet } = fixture;
    const node = await fleet.node();
    await fleet.link(node, SALES);
    node.driver.tell(sessionKey(SALES), { type: 'unreadable', unreadable: WITHOUT_ID });
    const { session: told } = await fleet.until(SALES, 'told', ({ session: now }) => now.lastError !== null);
    expect(told).toMatchObject({
      state: 'ready',
      lastError: { code: 'PAGE_UNREADABLE', message: 'WhatsApp Web told what cannot be read: a message without id.' },
    });
    expect(node.telemetry.lines).toContain('unreadable message');
  });
});
