import { describe, expect, it } from 'vitest';
import { until, withRealClient } from './real-client.ts';
import { BUILDS } from './settings.ts';
import { useWhatsAppWeb } from './use-whatsapp-web.ts';

const BOB = '491799999999';

describe.each(BUILDS)('the page of build %s, by the real library', { timeout: 60_000 }, (build) => {
  const fixture = useWhatsAppWeb();

  it('links, answers probes, is restored and logs out', () =>
    fixture.inFolder(async (options) => {
      fixture.web.configure({ build });
      const phone = await withRealClient(options, async (real) => {
        const linked = await fixture.link(real);
        expect(await real.state()).toBe('CONNECTED');
        return linked;
      });
      await withRealClient(options, async (real) => {
        await real.start();
        await real.next('ready');
        await real.inPage(`window.require('WAWebSocketModel').Socket.logout()`);
        await until(() => phone.devices().length, 0);
      });
    }));

  it('has what the library expects of it, or no longer has it', () =>
    fixture.inFolder(async (options) => {
      fixture.web.configure({ build });
      await withRealClient(options, async (real) => {
        await fixture.link(real);
        const sent = await real.client.sendMessage(`${BOB}@c.us`, 'out').catch((error: unknown) => String(error));
        if (build === '2026-04') expect(sent).toMatchObject({ body: 'out' });
        else if (build === 'unseen') expect(sent).toMatch(/Requiring unknown module/);
        // The library resolves with nothing, though the message goes out.
        else expect(sent).toBeUndefined();
      });
    }));
});
