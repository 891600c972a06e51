import { describe, expect, it } from 'vitest';

import { consoleWords } from '../../console/words/index.ts';
import { nextText, whyOf } from '../../console/status-text.tsx';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import { session } from './sessions.ts';

describe('why a session is where it is', () => {
  it('is its reason, where it has one', () => {
    expect(whyOf(session('failed', { reason: 'blocked' }), consoleWords.es, sharedWords.es)).toBe(
      'WhatsApp rechaza esta cuenta',
    );
  });

  it.each(['disconnected.logging_out', 'disconnected.logging_out.unlinking'])(
    'is what it does where it has none, also in a state within: %s',
    (value) => {
      expect(whyOf(session('disconnected', { value }), consoleWords.en, sharedWords.en)).toBe('Logging out');
    },
  );

  it('is that it logs out, not that it is logged out, as long as the login is being given up', () => {
    const value = 'disconnected.logging_out.erasing';
    expect(whyOf(session('disconnected', { value, reason: 'logged_out' }), consoleWords.en, sharedWords.en)).toBe(
      'Logging out',
    );
  });

  it('is at least the name of its state', () => {
    expect(whyOf(session('ready', { value: 'ready.of_tomorrow' }), consoleWords.en, sharedWords.en)).toBe('Ready');
  });
});

describe('what is said of what comes next', () => {
  it('has its numbers as the language writes them', () => {
    expect(nextText({ kind: 'queue', position: 12_345, heldBy: null }, 0, consoleWords.en, 'en')).toBe(
      'Place 12,345 in the queue',
    );
    expect(nextText({ kind: 'queue', position: 12_345, heldBy: null }, 0, consoleWords.es, 'es')).toBe(
      'Lugar 12.345 en la fila',
    );
  });
});
