import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';

import { nextStepOf } from '../../console/next-step.ts';
import { nextText, whyOf } from '../../console/status-text.tsx';
import { consoleWords } from '../../console/words/index.ts';
import { sessionMachine, type SessionEvent } from '../../machines/session.machine.ts';
import type { Session } from '../../src/client/index.ts';
import { stateOf } from '../../src/domain/session.ts';
import { projectSnapshot } from '../../src/supervisor/session/snapshot-projection.ts';
import { graphOf } from '../../visualizer/graph.ts';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import { newsOf, REQUESTS } from '../machines/session-events.ts';
import { recordingMachine, inputWith, type SessionSnapshot } from '../machines/run-session.ts';
import { session } from './sessions.ts';

const NOW = Date.parse('2026-11-24T10:00:00.000Z');
const WAIT_MS = 7_000;

/** Each way in which a session can be shown: every state that can be reached, with each reason and attempt there. */
function everySession(): readonly Session[] {
  const paths = getShortestPaths(recordingMachine, {
    input: inputWith({ reconnectMaxAttempts: 2, conflictHoldMs: WAIT_MS }),
    events: movesFrom,
    serializeState: ({ value, context: { reason, attempt, takeovers, browser, closing } }) =>
      JSON.stringify([value, reason, attempt, takeovers, browser > closing]),
    limit: 200_000,
  });
  return paths.map(({ state }) => {
    const moments = { enteredAt: NOW, faultAt: NOW, position: null };
    const { detail, value, reason, tags } = projectSnapshot(state, moments);
    return session(stateOf(value), { ...detail, value, reason, tags: [...tags] });
  });
}

function movesFrom({ context, _nodes }: SessionSnapshot): readonly SessionEvent[] {
  const deadlines = _nodes.flatMap(({ after }) => after.map(({ eventType }) => ({ type: eventType })));
  return [
    ...(deadlines as unknown as readonly SessionEvent[]), // its events too, though its own union does not list them
    ...REQUESTS,
    ...newsOf(context.browser),
    { type: 'browser.closed', browser: context.closing },
  ];
}

const sessions = everySession();
const saidOf = (shown: Session, language: 'en' | 'es' = 'en') => ({
  why: whyOf(shown, consoleWords[language], sharedWords[language]),
  next: nextText(nextStepOf(shown), NOW, consoleWords[language], language),
});
const where = ({ value, reason, reconnect: { attempt } }: Session): string => `${value}, ${reason}, ${attempt}`;

describe('what is said of a session, in every state that it can be in', () => {
  it('leaves out no state of the statechart but those that are passed through', () => {
    const { nodes } = graphOf(sessionMachine);
    const leaves = nodes.filter(({ type }) => type === 'atomic').map(({ id }) => id.replace('session.', ''));
    const seen = new Set<string>(sessions.map(({ value }) => value));
    expect(leaves.filter((leaf) => !seen.has(leaf))).toEqual(['disconnected.closed', 'failed.closed']);
  });

  it.each(['en', 'es'] as const)('says why in words, and what comes next unless all is well: %s', (language) => {
    const silent = sessions.filter((shown) => {
      const { why, next } = saidOf(shown, language);
      return why === '' || (next === '') !== (shown.state === 'ready');
    });
    expect(silent.map(where)).toEqual([]);
  });

  it('never counts an attempt that there is not', () => {
    const wrong = sessions.filter((shown) => {
      const { attempt, maxAttempts } = shown.reconnect;
      return shown.reason === 'conflict' || attempt === 0 || attempt > maxAttempts
        ? saidOf(shown).next.includes('Attempt')
        : false;
    });
    expect(wrong.map(where)).toEqual([]);
  });

  it('names a time where one is waited for, and nowhere else', () => {
    const wrong = sessions.filter((shown) => {
      const isTimed = shown.state === 'waiting_qr' || shown.reconnect.nextAttemptAt !== null;
      return /\d+s/.test(saidOf(shown).next) !== isTimed;
    });
    expect(wrong.map(where)).toEqual([]);
  });

  it('asks for a person where the machine has settled, and nowhere else', () => {
    const wrong = sessions.filter((shown) => {
      const isAsked = nextStepOf(shown).kind === 'person';
      return isAsked !== (shown.tags.includes('at_rest') || shown.value === 'failed.parked');
    });
    expect(wrong.map(where)).toEqual([]);
  });

  it('says what it waits for while it holds back after a conflict', () => {
    const held = sessions.filter(({ value, reason }) => value === 'reconnecting.backoff' && reason === 'conflict');
    expect(held.length).toBeGreaterThan(0);
    for (const shown of held)
      expect(saidOf(shown)).toEqual({
        why: 'WhatsApp Web was opened elsewhere',
        next: 'Waits 7s before it takes over, once',
      });
  });
});
