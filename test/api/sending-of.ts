import { randomBytes } from 'node:crypto';

import { AddressGuard } from '../../src/host/outbound/address-guard.ts';
import { MediaShelf } from '../../src/messaging/media-shelf.ts';
import type { MessagesOut } from '../../src/messaging/open-sending.ts';
import type { SealedBodies } from '../../src/messaging/sealed-bodies.ts';
import { Sending } from '../../src/messaging/sending.ts';
import type { Stores } from '../../src/store/stores.ts';

/** What the API answers from about messages that go out; nothing sends them. */
export function sendingOf(stores: Stores, bodies: SealedBodies, now: () => number): MessagesOut['api'] {
  const { redis, keys, messages: store, sessions } = stores;
  const guard = new AddressGuard({ allowHttp: false, allowNets: [] });
  return {
    sending: new Sending({
      store,
      bodies,
      sessionOf: (address) => sessions.get(address),
      now,
      randomBytes,
      secret: Buffer.alloc(32, 7),
      retention: { ms: 86_400_000, bytes: 1_048_576, count: 1_000 },
    }),
    sessionNow: now,
    media: { shelf: new MediaShelf({ redis, keys, bodies, now, randomBytes }), mostBytes: 4 * 1_048_576 },
    admitUrl: (url) => guard.admit(url),
  };
}
