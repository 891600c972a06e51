import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { Client } from '../service/client.ts';
import { link, loseMachine, createEndToEndFixture } from './end-to-end-fixture.ts';

const NUMBER = '491700000001';

const sealed = (client: Client, id: string) => client.until(id, ({ state, durable }) => state === 'ready' && durable);

describe('A login that is sealed', () => {
  it('comes back without a QR code after everything was killed in the moment in which it was called durable, and its profile is gone', async () => {
    const fixture = await createEndToEndFixture();
    const first = await fixture.start();
    await link(fixture, first.client, 'sales', NUMBER);
    await sealed(first.client, 'sales');
    await loseMachine(fixture, first);

    const { client } = await fixture.start();
    await client.reaches('sales', 'ready');
    expect(fixture.liveBrowsers()).toHaveLength(1);
    const life = await client.life('sales');
    expect(life.filter((value) => value.startsWith('waiting_qr'))).toHaveLength(1);
    expect(await client.get('sales')).toMatchObject({ phoneNumber: NUMBER, durable: true });
  });

  it('leaves no plain profile once its session is stopped, and starts from the archive', async () => {
    const fixture = await createEndToEndFixture();
    const { client } = await fixture.start();
    await link(fixture, client, 'sales', NUMBER);
    await sealed(client, 'sales');
    for (let round = 0; round < 3; round += 1) {
      fixture.web.phone(NUMBER).receives({ from: '5215559998877', text: `message ${round}` });
      await client.ask('sales', 'stop');
      await client.reaches('sales', 'disconnected.stopped');
      await expect
        .poll(
          () => readdirSync(fixture.profileDir).filter((name) => existsSync(join(fixture.profileDir, name, 'Default'))),
          { timeout: 60_000 },
        )
        .toEqual([]);
      await client.ask('sales', 'start');
      await client.reaches('sales', 'ready');
    }
    expect((await client.life('sales')).filter((value) => value.startsWith('waiting_qr'))).toHaveLength(1);
  });
});
