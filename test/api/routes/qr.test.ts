import QRCode from 'qrcode';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { negotiateQrFormat } from '../../../src/api/http/qr-formats.ts';
import { EMPTY_DETAIL } from '../../../src/store/session-hash.ts';
import { ApiFixture, read } from '../api-fixture.ts';

const CODE = '2@kY3Zt6rT1mC0dQ==,abcdefghijklmnopqrstuvwxyz0123456789,ABCDEFGHIJKLMNOPQRSTUVWXYZ,Zm9vYmFyYmF6,1';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(async () => {
  await fixture.renew();
  await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
});
afterAll(() => fixture.close());

const QR = { code: CODE, seq: 3, issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:00:20.000Z' };
const showQr = () =>
  fixture.persist('sales', { value: 'waiting_qr.code', tags: ['needs_scan'], detail: { ...EMPTY_DETAIL, qr: QR } });
const get = (query = '', accept?: string) =>
  fixture.call('GET', `/api/sessions/sales/qr${query}`, accept === undefined ? {} : { headers: { accept } });

describe('the QR', () => {
  it('is JSON unless asked for otherwise, and is never cached', async () => {
    await showQr();
    const response = await get();
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toContain('Accept');
    expect(await read(response)).toEqual({ code: CODE, seq: 3, expiresAt: QR.expiresAt });
  });

  it.each([
    ['?format=png', undefined, 'image/png'],
    ['', 'image/png', 'image/png'],
    ['?format=svg', undefined, 'image/svg+xml'],
    ['', 'image/svg+xml', 'image/svg+xml'],
    ['?format=text', undefined, 'text/plain; charset=utf-8'],
    ['', 'text/plain', 'text/plain; charset=utf-8'],
    ['?format=json', 'image/png', 'application/json'],
  ])('is with %s and Accept %s of type %s', async (query, accept, type) => {
    await showQr();
    const response = await get(query, accept);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('is the same code in every format', async () => {
    await showQr();
    const { size, data } = QRCode.create(CODE, {}).modules;
    const dark = (x: number, y: number): boolean =>
      x >= 0 && y >= 0 && x < size && y < size && data[y * size + x] === 1;
    const lines = (await (await get('?format=text')).text()).split('\n');
    const margin = 2;
    for (let y = 0; y < size - 1; y += 2) {
      const line = lines[margin / 2 + y / 2] ?? '';
      for (let x = 0; x < size; x += 1) {
        // Light modules are drawn: upper half, lower half, both or none.
        const withLowerDark = dark(x, y) ? ' ' : '▀';
        const withLowerLight = dark(x, y) ? '▄' : '█';
        expect(line[margin + x]).toBe(dark(x, y + 1) ? withLowerDark : withLowerLight);
      }
    }
    const svg = await (await get('?format=svg')).text();
    expect(svg).toBe(await QRCode.toString(CODE, { type: 'svg' }));
    const png = Buffer.from(await (await get('?format=png')).arrayBuffer());
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.equals(await QRCode.toBuffer(CODE, { width: 512 }))).toBe(true);
  });

  it('is NOT_WAITING_QR with the state when there is none to scan', async () => {
    const idle = await get();
    expect(idle.status).toBe(409);
    expect(await read(idle)).toMatchObject({ code: 'NOT_WAITING_QR', state: 'disconnected' });
    await fixture.persist('sales', { value: 'waiting_qr.pairing', tags: ['needs_scan'] });
    expect(await read(await get('?format=png'))).toMatchObject({ code: 'NOT_WAITING_QR', state: 'waiting_qr' });
  });

  it('is refused in a format that is not known', async () => {
    await showQr();
    expect(await read(await get('?format=gif'))).toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ path: 'format' }],
    });
  });
});

describe('the format', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    // Chromium for an <img>, and for a page.
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'svg'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8', 'json'],
    ['image/*', 'png'],
    ['image/webp', 'json'],
    ['text/plain;q=0.5, image/png;q=0.9', 'png'],
    ['image/png;q=0, text/plain', 'text'],
    ['nonsense', 'json'],
  ])('for Accept %s is %s', (accept, format) => {
    expect(negotiateQrFormat(accept)).toBe(format);
  });
});
