import { describe, expect, it } from 'vitest';

import { sessionMachine } from '../../machines/session.machine.ts';

// Stately reads a machine only as one literal without spreads, so a few states are written down more than once.

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type State = Readonly<Record<string, Json>>;

const asObject = (json: Json | undefined, path: string): State => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError(`${path} is no object`);
  return json as State;
};

/** The configuration of a state, as it is written down. */
function configOf(path: string): State {
  const root = JSON.parse(JSON.stringify(sessionMachine.config)) as Json;
  return path
    .split('.')
    .reduce((state, key) => asObject(asObject(state['states'], path)[key], path), asObject(root, 'the root'));
}

/** A copy without the values under these keys, at any depth. */
function without(json: Json, keys: readonly string[]): Json {
  if (Array.isArray(json)) return json.map((each: Json) => without(each, keys));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => !keys.includes(key))
      .map(([key, value]) => [key, without(value, keys)]),
  );
}

describe('a browser that comes up', () => {
  it.each(['launching', 'syncing'])('is the same in the first launch and in a reconnect: %s', (name) => {
    const [first, again] = [`authenticating.${name}`, `reconnecting.attempting.${name}`].map(configOf);
    // A code means `no login here` in the first launch, and `the login did not hold` in a reconnect.
    expect(without(again ?? null, ['description'])).toEqual(without(first ?? null, ['description']));
  });
});

describe('a browser that is closed', () => {
  const CLOSINGS = [
    { state: 'disconnected.closing', next: 'closed' },
    { state: 'disconnected.logging_out.closing', next: 'erasing' },
    { state: 'reconnecting.closing', next: 'backoff' },
    { state: 'failed.closing', next: 'closed' },
    { state: 'failed.refusing.closing', next: 'erasing' },
  ];

  it.each(CLOSINGS)('is closed alike, and $state goes on to $next', ({ state, next }) => {
    const { entry, after, on } = configOf(state);
    expect(entry).toEqual(['hideCodes', 'giveUpBrowser', 'closeBrowser']);
    expect(without(after ?? null, ['description'])).toEqual({
      closeTimeout: { target: next, actions: { type: 'noteTimeout', params: { what: 'Closing the browser' } } },
    });
    expect(asObject(on, state)['browser.closed']).toEqual({
      description: 'No process of it is alive.',
      guard: 'isClosingBrowser',
      target: next,
    });
  });

  it('lets intents change where it goes on only while it is to rest', () => {
    const intentsOf = ({ state }: (typeof CLOSINGS)[number]) =>
      Object.keys(asObject(configOf(state)['on'], state)).filter((event) => event !== 'browser.closed');
    const [resting, ...others] = CLOSINGS.map(intentsOf);
    expect(resting).toEqual([
      'session.start',
      'session.restart',
      'session.reconnect',
      'session.stop',
      'session.evict',
      'session.logout',
    ]);
    expect(others.flat()).toEqual([]);
  });
});
