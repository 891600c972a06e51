import { expect, it } from 'vitest';

import { useTestService } from '../test-kit/service.ts';

const service = useTestService();

it('Messages that come in are read one after another, and from where they were left', async () => {
  const session = service().client('messages').session('sales');
  const phone = service().phone('sales', 'messages');
  await service().bring('sales', 'ready', 'messages');
  const present = await session.events().next();
  const lastEventId = present.value?.position ?? null;
  for (const text of ['one', 'two', 'three']) await phone.receives(text);
  const read: string[] = [];
  let left: string | null = null;
  for await (const message of session.messages({ lastEventId })) {
    read.push(message.body);
    left = message.position;
    if (read.length === 2) break;
  }
  for await (const message of session.messages({ lastEventId: left })) {
    read.push(message.body);
    break;
  }
  expect(read).toEqual(['one', 'two', 'three']);
});
