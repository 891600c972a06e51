/**
 * Bundled by the tests, once with each React that the hook is to work with: what they render, and what they need of
 * that React itself.
 */
import { createElement, StrictMode, version, type ReactElement } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';

import { createClient, type Client } from '../../src/client/index.ts';
import { SessionQr, useWhatsAppSession, WhatsAppProvider } from '../../src/client/react/index.ts';

interface PageProps {
  readonly id: string;
  /** Hears what each render shows. */
  readonly onStatus?: (status: string) => void;
}

/** What a frontend would write. */
function Page({ id, onStatus }: PageProps): ReactElement {
  const session = useWhatsAppSession(id);
  onStatus?.(session.status);
  return createElement(
    'main',
    null,
    createElement('h1', null, session.status),
    createElement(SessionQr, { id }),
    session.status === 'ready' && createElement('b', null, session.session.phoneNumber),
    session.status === 'absent' && createElement('button', { onClick: () => void session.start() }, 'Link a phone'),
    session.status === 'waiting_qr' &&
      createElement('button', { onClick: () => void session.pairWith('5215550004444') }, 'Link by a code'),
    session.status === 'ready' && createElement('button', { onClick: () => void session.logout() }, 'Unlink'),
  );
}

const page = (client: Client, props: PageProps, copies = 1): ReactElement => {
  const pages = Array.from({ length: copies }, (_, key) => createElement(Page, { key, ...props }));
  return createElement(StrictMode, null, createElement(WhatsAppProvider, { client }, ...pages));
};

export const react = {
  version,
  createClient,
  withoutProvider: (props: PageProps): string => renderToString(createElement(Page, props)),
  onServer: (client: Client, props: PageProps): string => renderToString(page(client, props)),
  hydrate: (client: Client, props: PageProps, into: Element): Root => hydrateRoot(into, page(client, props)),
  render: (client: Client, props: PageProps, into: Element, copies?: number): Root => {
    const root = createRoot(into);
    root.render(page(client, props, copies));
    return root;
  },
};
export type ReactUnderTest = typeof react;
