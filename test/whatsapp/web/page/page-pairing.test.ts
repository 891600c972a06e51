import { expect, it } from 'vitest';

import { withResolvers } from '../../../../src/domain/with-resolvers.ts';
import { PagePairing } from '../../../../src/whatsapp/web/page/page-pairing.ts';

/** A page that waits for a scan, and answers what it is asked for as a test says. */
function pairingOn() {
  const asked: { readonly phoneNumber: string; readonly answer: (code: string | null) => void }[] = [];
  const client = {
    options: {},
    requestPairingCode: (phoneNumber: string) => {
      const { promise, resolve } = withResolvers<string | null>();
      asked.push({ phoneNumber, answer: resolve });
      return promise.then((code) => {
        if (code === null) throw new Error('refused');
        return code;
      });
    },
  };
  const pairing = new PagePairing({
    client,
    page: () => null,
    look: async () => ({ kind: 'up', state: 'UNPAIRED', hasSynced: false, isWired: true }),
    pairWith: null,
    isLinked: () => false,
    onLoss: () => undefined,
  });
  return { pairing, asked };
}

it('the page is asked for one code after the other, so that the last one is the one shown', async () => {
  const { pairing, asked } = pairingOn();
  const calls = [pairing.request('5215550001111'), pairing.request('5215550002222')];
  await expect.poll(() => asked.length).toBe(1);
  asked[0]?.answer('FIRST');
  await expect.poll(() => asked.length).toBe(2);
  asked[1]?.answer('SECOND');
  await Promise.all(calls);
  expect(asked.map(({ phoneNumber }) => phoneNumber)).toEqual(['5215550001111', '5215550002222']);
  expect(pairing.phoneNumber).toBe('5215550002222');
});

it('a refusal of one keeps the next from nothing', async () => {
  const { pairing, asked } = pairingOn();
  const first = pairing.request('5215550001111');
  const second = pairing.request('5215550002222');
  await expect.poll(() => asked.length).toBe(1);
  asked[0]?.answer(null);
  await expect(first).rejects.toThrow('refused');
  await expect.poll(() => asked.length).toBe(2);
  asked[1]?.answer('SECOND');
  await second;
  expect(pairing.phoneNumber).toBe('5215550002222');
});
