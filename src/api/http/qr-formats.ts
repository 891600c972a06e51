import { parseAccept } from 'hono/utils/accept';
import { toBuffer, toString } from 'qrcode';

export const QR_FORMATS = ['json', 'png', 'svg', 'text'] as const;
export type QrFormat = (typeof QR_FORMATS)[number];

const FORMAT_OF_TYPE: Readonly<Record<string, QrFormat>> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  'image/png': 'png',
  // An <img> accepts any image; PNG is the format that every browser shows.
  'image/*': 'png',
  'image/svg+xml': 'svg',
  'text/plain': 'text',
  'text/*': 'text',
};

/** The first format that the client takes, by its own order; JSON when it names none of ours. */
export function negotiateQrFormat(accept: string | undefined): QrFormat {
  for (const { type, q } of parseAccept(accept ?? '*/*')) {
    const format = FORMAT_OF_TYPE[type.toLowerCase()];
    if (format !== undefined && q > 0) return format;
  }
  return 'json';
}

/** The QR as a picture: 512 pixels wide, a drawing of any size, or blocks for a terminal with a dark background. */
export async function qrPicture(
  code: string,
  format: Exclude<QrFormat, 'json'>,
): Promise<{ content: string | Uint8Array<ArrayBuffer>; type: string }> {
  switch (format) {
    case 'png':
      return { content: new Uint8Array(await toBuffer(code, { type: 'png', width: 512 })), type: 'image/png' };
    case 'svg':
      return { content: await toString(code, { type: 'svg' }), type: 'image/svg+xml' };
    case 'text':
      // On a dark background the light modules are the ones to be drawn.
      return {
        content: `${await toString(code, { type: 'utf8', margin: 2, color: { dark: '#ffffff', light: '#000000' } })}\n`,
        type: 'text/plain; charset=utf-8',
      };
  }
}
