import { expect, it } from 'vitest';
import type { OutgoingContent, PageItem } from '../../../src/domain/message.ts';
import type { CallName, DeviceCalls } from '../../../src/whatsapp/device-calls.ts';
import type { DriverEnvironment } from './driver-environment.ts';
import type { ContractFixture, Opened } from './contract-fixture.ts';

const BEN = '5215550009999';
const CHAT = `${BEN}@c.us`;
const text = (said: string, more: { readonly quote?: string } = {}): OutgoingContent => ({
  kind: 'text',
  text: said,
  linkPreview: false,
  ...more,
});
/** An id as the service makes it before a send. */
const waId = (number: number): string => `3EB0${number.toString(16).toUpperCase().padStart(18, '0')}`;

/** What goes out and what comes in, as far as anybody on the other side of the driver may rely on it. */
export function messagesContract(fixture: ContractFixture): void {
  const environment = (): DriverEnvironment => fixture.environment;
  const ask = <Name extends CallName>(
    { browser }: Opened,
    name: Name,
    request: DeviceCalls[Name]['request'],
  ): Promise<DeviceCalls[Name]['result']> => browser.call(name, request, AbortSignal.timeout(fixture.deadlineMs));
  const send = (opened: Opened, number: number, said: string): Promise<DeviceCalls['send']['result']> =>
    ask(opened, 'send', { waId: waId(number), chatId: CHAT, content: text(said) });
  const sent = async ({ subject }: Opened): Promise<readonly string[]> =>
    (await environment().sent(subject)).map(({ waId: id, text: said }) => `${id} ${said}`);
  /** Waits until there is something to pull, without confirming it. */
  const pulled = async (opened: Opened, confirm: number | null, fits: (items: readonly PageItem[]) => boolean) => {
    let last: DeviceCalls['pull']['result'] | null = null;
    await expect
      .poll(
        async () => {
          last = await ask(opened, 'pull', { confirm, limit: 100 });
          return fits(last.items);
        },
        { timeout: fixture.deadlineMs },
      )
      .toBe(true);
    if (last === null) throw new Error('It was never asked.');
    return last as DeviceCalls['pull']['result'];
  };
  const bodies = (items: readonly PageItem[]): readonly string[] =>
    items.flatMap((item) => (item.kind === 'message' ? [item.message.body] : []));

  it('sends under the id that it is given, says only that the page has it, and tells what WhatsApp acknowledges; the same id twice is one message', async () => {
    const opened = await fixture.openReady();
    await environment().holdAcks(opened.subject);
    expect(await send(opened, 1, 'once')).toEqual({ kind: 'accepted', ack: 0 });
    expect(await send(opened, 1, 'once')).toEqual({ kind: 'accepted', ack: 0 });
    await expect.poll(() => sent(opened)).toEqual([`${waId(1)} once`]);
    expect(await ask(opened, 'find', { waIds: [waId(1), waId(2)] })).toEqual({
      kind: 'found',
      rows: [{ waId: waId(1), ack: 0 }],
    });
    await environment().deliverSent(opened.subject);
    const { items } = await pulled(opened, null, (some) => some.some((item) => item.kind === 'ack' && item.ack === 2));
    expect(items.filter(({ kind }) => kind === 'ack')).toContainEqual({ kind: 'ack', waId: waId(1), ack: 2 });
    expect(await ask(opened, 'find', { waIds: [waId(1)] })).toEqual({
      kind: 'found',
      rows: [{ waId: waId(1), ack: 2 }],
    });
  });

  it('keeps what came in, in order, until it is confirmed', async () => {
    const opened = await fixture.openReady();
    for (const said of ['one', 'two']) await environment().receive({ from: BEN, text: said }, opened.subject);
    const first = await pulled(opened, null, (items) => bodies(items).length === 2);
    expect(bodies(first.items)).toEqual(['one', 'two']);
    expect(bodies((await ask(opened, 'pull', { confirm: null, limit: 100 })).items)).toEqual(['one', 'two']);
    await environment().receive({ from: BEN, text: 'three' }, opened.subject);
    const rest = await pulled(opened, first.upTo, (items) => bodies(items).length > 0);
    expect(bodies(rest.items)).toEqual(['three']);
  });

  it('has what came while its browser was away at the next ready, oldest first', async () => {
    const opened = await fixture.openReady();
    const since = Date.now() - 60_000;
    await expect.poll(() => ask(opened, 'isFlushed', null), { timeout: fixture.deadlineMs }).toBe(true);
    await fixture.close(opened);
    for (const said of ['one', 'two']) await environment().receive({ from: BEN, text: said }, opened.subject);
    const again = fixture.open(opened.subject);
    await again.log.next('ready');
    await expect
      .poll(
        async () => {
          const found = await ask(again, 'recent', { since, limit: 100 });
          return found.kind === 'listed' ? found.items.map(({ body }) => body) : [];
        },
        { timeout: fixture.deadlineMs },
      )
      .toEqual(['one', 'two']);
  });

  it('finds what it was handed after its browser died, and nothing else', async () => {
    const opened = await fixture.openReady();
    await send(opened, 1, 'before');
    await expect.poll(() => sent(opened)).toHaveLength(1);
    await expect.poll(() => ask(opened, 'isFlushed', null), { timeout: fixture.deadlineMs }).toBe(true);
    await environment().crashBrowser(opened.subject);
    await opened.log.next('lost');
    await fixture.close(opened);
    const again = fixture.open(opened.subject);
    await again.log.next('ready');
    const found = await ask(again, 'find', { waIds: [waId(1), waId(2)] });
    expect(found.kind === 'found' ? found.rows.map((row) => row.waId) : found).toEqual([waId(1)]);
    // What is there is reported, not added again.
    expect(await send(again, 1, 'before')).toMatchObject({ kind: 'accepted' });
    expect(await sent(again)).toEqual([`${waId(1)} before`]);
  });

  it('refuses what it surely does not hand over', async () => {
    const opened = await fixture.openReady();
    const quoting = { waId: waId(1), chatId: CHAT, content: text('as you said', { quote: '3EB0FFFFFFFFFFFFFFFFFF' }) };
    expect(await ask(opened, 'send', quoting)).toMatchObject({ kind: 'refused', code: 'QUOTE_NOT_FOUND' });
    await environment().receive({ from: BEN, text: 'hello' }, opened.subject);
    const { items } = await pulled(opened, null, (some) => bodies(some).length > 0);
    const theirs = items.flatMap((item) => (item.kind === 'message' ? [item.message.id] : []))[0] ?? '';
    expect(await ask(opened, 'act', { kind: 'revoke', messageId: theirs })).toMatchObject({
      kind: 'refused',
      code: 'NOT_REVOCABLE',
    });
    expect(await ask(opened, 'act', { kind: 'react', messageId: waId(9), emoji: '👍' })).toMatchObject({
      kind: 'refused',
      code: 'NOT_FOUND',
    });
    expect(await sent(opened)).toEqual([]);
  });

  it('keeps the order of a chat over a network that is away, and posts each once', async () => {
    const opened = await fixture.openReady();
    await send(opened, 0, '0');
    await expect.poll(() => sent(opened)).toHaveLength(1);
    await environment().networkDown(opened.subject);
    await fixture.probeUntil(opened, ({ kind }) => kind === 'missed');
    for (const number of [1, 2, 3])
      expect(await send(opened, number, String(number))).toEqual({ kind: 'accepted', ack: 0 });
    expect(await sent(opened)).toHaveLength(1);
    await environment().networkUp(opened.subject);
    await expect
      .poll(() => sent(opened), { timeout: fixture.deadlineMs })
      .toEqual([0, 1, 2, 3].map((number) => `${waId(number)} ${number}`));
  });

  it('says nothing of a hand-over to a page that hangs, and ends by the signal', async () => {
    const opened = await fixture.openReady();
    await environment().hang(opened.subject);
    await expect(
      opened.browser.call('send', { waId: waId(1), chatId: CHAT, content: text('?') }, AbortSignal.timeout(500)),
    ).rejects.toMatchObject({ code: 'PAGE_SILENT' });
  });

  it('gives media in pieces of no more than it is asked for, and nothing of media that are not there', async () => {
    const opened = await fixture.openReady();
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256));
    await environment().receiveFile({ from: BEN, mimetype: 'application/pdf', bytes }, opened.subject);
    const { items } = await pulled(opened, null, (some) => some.some(({ kind }) => kind === 'message'));
    const messageId = items.flatMap((item) => (item.kind === 'message' ? [item.message.id] : []))[0] ?? '';
    const media = await ask(opened, 'mediaOpen', { messageId });
    if (media.kind !== 'open') throw new Error(`It is ${media.kind}`);
    expect(media).toMatchObject({ size: bytes.byteLength, mimetype: 'application/pdf' });
    const pieces: Uint8Array[] = [];
    for (let done = false; !done;) {
      const read = await ask(opened, 'mediaRead', { handle: media.handle, bytes: 40_000 });
      expect(read.piece.byteLength).toBeLessThanOrEqual(40_000);
      pieces.push(read.piece);
      ({ done } = read);
    }
    await ask(opened, 'mediaClose', { handle: media.handle });
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    await expect(ask(opened, 'mediaRead', { handle: media.handle, bytes: 1 })).rejects.toThrow();
    expect(await ask(opened, 'mediaOpen', { messageId: waId(9) })).toEqual({ kind: 'not_found' });
  });
}
