import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { graphOf } from '../../visualizer/graph.ts';
import type { Chosen, Imaginable } from '../../visualizer/what-if/imaginable.ts';
import {
  beginImagining,
  imagineEvent,
  imagineFrom,
  possibleEvents,
  readKnob,
  turnKnob,
  type Imagined,
} from '../../visualizer/what-if/imagine.ts';
import { imaginableBreaker, imaginableSupervisor } from '../../visualizer/what-if/node.ts';
import { imaginableMessage } from '../../visualizer/what-if/message.ts';
import { imaginableSession } from '../../visualizer/what-if/session.ts';

const graph = graphOf(imaginableSession.machine);

function send(imaginable: Imaginable, life: Imagined, label: string, chosen: Chosen = {}): Imagined {
  const its = graphOf(imaginable.machine);
  const event = possibleEvents(its, life.state).find((each) => each.label === label);
  if (event === undefined) throw new TypeError(`${label} means nothing in ${life.state}`);
  return imagineEvent(imaginable, its, life, event, chosen);
}

const imagine = (...labels: readonly string[]): Imagined =>
  labels.reduce((life, label) => send(imaginableSession, life, label), beginImagining(imaginableSession));
const knob = (name: string) => {
  const found = imaginableSession.knobs.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`there is no ${name}`);
  return found;
};

describe('an imagined session', () => {
  const ready = imagine('session.start', 'launch.granted', 'browser.qr', 'browser.authenticated', 'browser.ready');

  it('goes where a real one would', () => {
    expect(ready.steps.map(({ to }) => to.slice('session.'.length))).toEqual([
      'disconnected.queued',
      'authenticating.launching',
      'waiting_qr.scan',
      'authenticating.syncing',
      'ready.online',
    ]);
  });

  it('tells what it would ask for, and which waits begin', () => {
    expect(ready.steps[1]?.asks).toEqual(['launch.withdraw', 'browser.open', 'wait launchTimeout']);
  });

  it('tells the transitions it took', () => {
    expect(ready.steps[2]?.edges).toEqual(['session.authenticating.launching:browser.qr:0']);
  });

  it('takes the end of a wait as an event', () => {
    expect(send(imaginableSession, imagine('session.start', 'launch.granted'), 'after launchTimeout').state).toBe(
      'session.reconnecting.closing',
    );
  });

  it('is lost as its cause demands', () => {
    const lost = (cause: string) => send(imaginableSession, ready, 'browser.lost', { cause }).state;
    expect(lost('logged_out')).toBe('session.disconnected.logging_out.closing');
    expect(lost('blocked')).toBe('session.failed.closing');
    expect(lost('network')).toBe('session.reconnecting.closing');
  });

  it('does not heed a browser that was given up', () => {
    expect(send(imaginableSession, ready, 'browser.lost', { cause: 'network', browser: 'one given up' }).state).toBe(
      ready.state,
    );
  });

  it('answers to what guards look at', () => {
    const spent = turnKnob(ready, knob('attempt'), 5);
    expect(readKnob(spent, knob('attempt'))).toBe(5);
    expect(send(imaginableSession, spent, 'browser.lost', { cause: 'network' }).state).toBe('session.failed.closing');
    expect(readKnob(ready, knob('attempt'))).toBe(0);
  });

  it('may begin in any state of a real one', () => {
    const leaves = graph.nodes.filter(({ type }) => type === 'atomic').map(({ id }) => id);
    for (const id of leaves) expect(imagineFrom(imaginableSession, id.slice('session.'.length)).state).toBe(id);
  });
});

describe.each([
  ['session', imaginableSession],
  ['message', imaginableMessage],
  ['breaker', imaginableBreaker],
  ['supervisor', imaginableSupervisor],
] as const)('an imagined %s', (_, imaginable) => {
  it('is always in a state of the chart, and nothing throws', () => {
    const its = graphOf(imaginable.machine);
    const ids = new Set(its.nodes.map(({ id }) => id));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(10)), { maxLength: 25 }), (picks) => {
        let life = beginImagining(imaginable);
        for (const [pick, choice] of picks) {
          const events = possibleEvents(its, life.state);
          const event = events[pick % events.length];
          if (event === undefined || life.snapshot.status !== 'active') return;
          const chosen = Object.fromEntries(
            imaginable.fieldsOf(event.name).map(({ name, choices }) => [name, choices[choice % choices.length] ?? '']),
          );
          life = imagineEvent(imaginable, its, life, event, chosen);
          expect(ids.has(life.state)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
