import { describe, expect, it } from 'vitest';

import { INTERNALS_CHANGED, PAGE_CLOSED, type Loss } from '../../../../src/whatsapp/web/loss-causes.ts';
import { IS_REACHED, LOOK, MARK_WIRED } from '../../../../src/whatsapp/web/page/page-scripts.ts';
import { PageWiring } from '../../../../src/whatsapp/web/page/page-wiring.ts';

/**
 * Chromium's error when the library's next call runs in a new document, which lacks the objects of its last call.
 */
const MISSED = new TypeError("Cannot read properties of undefined (reading 'AppState')");

/**
 * A page that shows a code. `failures` are thrown by the library one after the other; then it gets through. `marks`:
 * whether the document that is to be marked is the one that was watched; then it is.
 */
function setUp(
  failures: readonly Error[],
  { isReached, marks = [] }: { readonly isReached: boolean | Error; readonly marks?: readonly boolean[] },
) {
  const answersToMarks = [...marks];
  const [losses, left]: [Loss[], Error[]] = [[], [...failures]];
  let [injected, isWired] = [0, false];
  const answers: Record<string, () => unknown> = {
    [LOOK]: () => ({ kind: 'up', state: 'UNPAIRED', hasSynced: false, isWired }),
    [MARK_WIRED]: () => (isWired = answersToMarks.shift() ?? true),
    [IS_REACHED]: () => {
      if (isReached instanceof Error) throw isReached;
      return isReached;
    },
  };
  const wiring = new PageWiring({
    page: () => ({ evaluate: async (script) => answers[script]?.() }),
    inject: async () => {
      injected += 1;
      const failure = left.shift();
      if (failure !== undefined) throw failure;
    },
    pageMs: 2_000,
    nudgeMs: 60_000,
    isOver: () => losses.length > 0,
    onLoss: (loss) => losses.push(loss),
  });
  return {
    losses,
    injected: () => injected,
    isWired: () => isWired,
    wire: () => wiring.wire().finally(() => wiring.settle()),
  };
}

describe('A document that is being wired', () => {
  it('is followed by another that was put in its place meanwhile, though no call of the library said so', async () => {
    const { wire, losses, injected, isWired } = setUp([MISSED, MISSED], { isReached: false });
    await wire();
    expect(losses).toEqual([]);
    expect(injected()).toBe(3);
    expect(isWired()).toBe(true);
  });

  it('is followed by another that the library’s last calls have found in its place without a failure', async () => {
    const { wire, losses, injected, isWired } = setUp([], { isReached: true, marks: [false] });
    await wire();
    expect(losses).toEqual([]);
    expect(injected()).toBe(2);
    expect(isWired()).toBe(true);
  });

  it('is followed by another that comes while one asks', async () => {
    const { wire, losses, isWired } = setUp([MISSED], { isReached: new Error('Execution context was destroyed.') });
    await wire();
    expect(losses).toEqual([]);
    expect(isWired()).toBe(true);
  });

  it('is lost at once when it is the same and lacks what the library needs', async () => {
    const { wire, losses, injected } = setUp([MISSED], { isReached: true });
    await wire();
    expect(losses).toEqual([INTERNALS_CHANGED]);
    expect(injected()).toBe(1);
  });

  it('is lost when it cannot even be asked', async () => {
    const { wire, losses } = setUp([MISSED], { isReached: new Error('Target closed') });
    await wire();
    expect(losses).toEqual([INTERNALS_CHANGED]);
  });

  it('is lost as what it is when something else goes wrong', async () => {
    const { wire, losses } = setUp([new Error('Target closed')], { isReached: false });
    await wire();
    expect(losses).toEqual([PAGE_CLOSED]);
  });
});
