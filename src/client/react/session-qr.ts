import { createElement, useMemo, useState, type CSSProperties, type ReactElement } from 'react';

import { useWhatsAppClient } from './provider.ts';
import { useQrDrawing } from './qr-drawing.ts';
import { useSecondsLeft } from './use-seconds-left.ts';
import { useWhatsAppSession } from './use-whatsapp-session.ts';

/** What it says; give your own for another language. */
export interface SessionQrLabels {
  /** Of the picture. */
  readonly qr: string;
  readonly pairingCode: string;
  /** Under the code. */
  readonly renewedIn: (seconds: number) => string;
  /** Said to screen readers when it happens. */
  readonly changed: string;
  readonly linking: string;
  readonly connected: string;
}

const ENGLISH: SessionQrLabels = {
  qr: 'QR code: scan it in WhatsApp under Linked devices',
  pairingCode: 'Type this code into WhatsApp on your phone',
  renewedIn: (seconds) => `A new code in ${seconds} s`,
  changed: 'There is a new code.',
  linking: 'Linking.',
  connected: 'Connected.',
};

interface SessionQrProps {
  /** The session's id. */
  readonly id: string;
  readonly className?: string;
  readonly labels?: Partial<SessionQrLabels>;
}

const PICTURE: CSSProperties = {
  display: 'block',
  width: 'var(--wa-qr-size, 16rem)',
  height: 'auto',
  background: 'var(--wa-qr-paper, #fff)',
};
const UNSEEN: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
};

/**
 * The session's QR or pairing code while it waits for one, else nothing to be seen; a screen reader hears when it
 * changes and when the session is connected. So leave it in the page in every state. Colours and size: `--wa-qr-ink`,
 * `--wa-qr-paper`, `--wa-qr-size`. Phones read dark on light.
 */
export function SessionQr({ id, className, labels }: SessionQrProps): ReactElement {
  const says = { ...ENGLISH, ...labels };
  const client = useWhatsAppClient();
  const handle = useMemo(() => client.session(id), [client, id]);
  const view = useWhatsAppSession(id);
  const { qr = null, pairingCode = null } = view.status === 'waiting_qr' ? view.session : {};
  const shown = qr ?? pairingCode;
  const drawing = useQrDrawing(handle, qr?.code ?? null);
  const secondsLeft = useSecondsLeft(shown);
  const news = useNews(view.status, shown?.code ?? null, says);

  return createElement(
    'div',
    {
      className,
      'data-wa-status': view.status,
      'aria-busy': view.status === 'loading' || (qr !== null && drawing === null),
    },
    drawing !== null &&
      createElement(
        'svg',
        {
          role: 'img',
          'aria-label': says.qr,
          viewBox: `0 0 ${drawing.size} ${drawing.size}`,
          shapeRendering: 'crispEdges',
          style: PICTURE,
        },
        createElement('path', { d: drawing.path, stroke: 'var(--wa-qr-ink, #000)' }),
      ),
    pairingCode !== null &&
      createElement(
        'p',
        null,
        `${says.pairingCode}: `,
        createElement('strong', null, pairingCode.code.replace(/^(.{4})(.{4})$/, '$1-$2')),
      ),
    secondsLeft !== null && createElement('small', { 'aria-hidden': true }, says.renewedIn(secondsLeft)),
    createElement('span', { role: 'status', style: UNSEEN }, news),
  );
}

/** What a screen reader is to be told now; nothing of the first code, which it finds by itself. */
function useNews(status: string, code: string | null, says: SessionQrLabels): string {
  const [last, setLast] = useState<{ code: string | null; count: number }>({ code: null, count: 0 });
  if (code !== null && code !== last.code) setLast({ code, count: last.count + 1 });
  if (status === 'ready') return says.connected;
  if (status === 'authenticating') return says.linking;
  if (code === null || last.count < 2) return '';
  // The same words twice would not be said again.
  return last.count % 2 === 0 ? says.changed : `${says.changed}\u00A0`;
}
