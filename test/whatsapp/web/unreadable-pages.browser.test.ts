import { describe, expect, it } from 'vitest';
import { type ChromiumFixture, createChromiumFixture } from './chromium-fixture.ts';
import { ContractFixture } from '../contract/contract-fixture.ts';
import { HeardMessages } from '../heard-messages.ts';

const DEADLINE_MS = 60_000;

describe('a page that WhatsApp has changed', { timeout: DEADLINE_MS * 2 }, () => {
  const fixture = new ContractFixture(() => createChromiumFixture(), DEADLINE_MS);
  fixture.install();
  const chromium = (): ChromiumFixture => fixture.environment as ChromiumFixture;

  it('is told as unreadable when the library throws at what it tells', async () => {
    chromium().web.configure({ missingModules: ['WAWebUserPrefsMeUser'] });
    const opened = fixture.open(fixture.subject());
    const { qr } = await opened.log.next('qr');
    await fixture.environment.scan(qr.code, opened.subject);
    const { unreadable } = await opened.log.next('unreadable');
    expect(unreadable.kind).toBe('event');
    expect(unreadable.why).toContain('onAppStateHasSyncedEvent threw: Requiring unknown module');
  });

  it('is told as unreadable when what the library has put into it throws there', async () => {
    chromium().web.configure({ missingModules: ['WAWebNonMessageDataRequestPlaceholderMessageResendUtils'] });
    const opened = await fixture.openReady();
    const phone = chromium().web.phone(opened.subject.account.phoneNumber);
    // The library has such a message sent again, five seconds later.
    phone.receives({ from: '5215550009999', text: 'sealed', type: 'ciphertext' });
    const { unreadable } = await opened.log.next('unreadable');
    expect(unreadable.kind).toBe('script');
    expect(unreadable.why).toContain('a script threw: ');
    phone.receives({ from: '5215550009999', text: 'hello' });
    await new HeardMessages(opened.browser).next('hello');
  });

  it('says nothing of that while it works as ever, through a scan, a new code and a reload', async () => {
    chromium().web.configure({ qr: { refs: 2, firstMs: 300, restMs: 300 } });
    const opened = fixture.open(fixture.subject());
    await opened.log.next('qr', ({ qr }) => qr.seq === 3);
    chromium().web.configure({ qr: { refs: 6, firstMs: 60_000, restMs: 20_000 } });
    const { qr } = await opened.log.next('qr', (event) => {
      return chromium().page(opened.subject).ref === event.qr.code.split(',')[0];
    });
    const linked = await fixture.environment.scan(qr.code, opened.subject);
    if (linked.kind === 'refused')
      await fixture.environment.scan((await opened.log.next('qr')).qr.code, opened.subject);
    await opened.log.next('ready');
    chromium().page(opened.subject).misbehave({ kind: 'reload' });
    await opened.log.next('ready');
    expect(opened.log.types).not.toContain('unreadable');
  });
});
