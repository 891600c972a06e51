import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { pidOfAddress } from './browsers.ts';
import { POSTS, type Verb } from './protocol.ts';
import type { PageScript, PageSettings } from './settings.ts';
import { ServedPage } from './served-page.ts';
import type { SimulatedWhatsApp } from './simulated-whatsapp.ts';

interface Site {
  readonly whatsapp: SimulatedWhatsApp;
  /** The page's own modules, by path. */
  readonly files: ReadonlyMap<string, string>;
  readonly nextScript: (browserPid: number) => PageScript;
  readonly settings: () => PageSettings;
  readonly killRenderers: (browserPid: number) => void;
}

const FOLDER = new URL('page/', import.meta.url);

export async function loadPageFiles(): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(FOLDER);
  return new Map(
    await Promise.all(
      names.map(async (name) => [`/page/${name}`, await readFile(new URL(name, FOLDER), 'utf8')] as const),
    ),
  );
}

const HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>WhatsApp Web</title>';

function documentOf(page: ServedPage): string {
  const boot = JSON.stringify({ page: page.id, settings: page.settings, failsAtLoad: page.failsAtLoad });
  return `${HEAD}<link rel="icon" href="data:,"><script type="application/json" id="boot">${boot}</script><script type="module" src="/page/boot.js"></script></head><body><div id="app"></div></body></html>`;
}

const html = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
const isVerb = (name: string): name is Verb => name in POSTS;

/** Serves the page, its event stream and its posts. */
export function createRequestListener(site: Site): (request: IncomingMessage, response: ServerResponse) => void {
  const { whatsapp } = site;

  function serveDocument(browserPid: number, response: ServerResponse): void {
    const script = site.nextScript(browserPid);
    switch (script.kind) {
      case 'refuses':
        response.writeHead(script.status, html).end(`${HEAD}</head><body>${script.status}</body></html>`);
        return;
      case 'no_answer':
        return;
      case 'drops':
        response.destroy();
        return;
      case 'never_ends':
        response.writeHead(200, html).write(`${HEAD}</head><body>`);
        return;
      case 'blank':
        response.writeHead(200, html).end(`${HEAD}</head><body></body></html>`);
        return;
      case 'loads':
      case 'fails': {
        const page = new ServedPage(browserPid, { ...site.settings(), ...script.settings }, script, site.killRenderers);
        whatsapp.pages.push(page);
        response.writeHead(200, html).end(documentOf(page));
      }
    }
  }

  function serveStream(page: ServedPage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    page.attach(response);
  }

  async function answerPost(verb: Verb, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const posted = POSTS[verb].safeParse(await json(request));
    const page = posted.success ? whatsapp.page(posted.data.page) : undefined;
    if (!posted.success || page === undefined) {
      response.writeHead(400).end();
      return;
    }
    // The schema of this verb has just said so; TypeScript does not carry that through the table.
    const answer = (whatsapp.answers[verb] as (page: ServedPage, data: unknown) => unknown)(page, posted.data);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null));
  }

  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://web.whatsapp.com');
    const file = site.files.get(pathname);
    const verb = pathname.slice('/wa/'.length);
    if (file !== undefined) {
      response
        .writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' })
        .end(file);
    } else if (pathname === '/') {
      serveDocument(pidOfAddress(request.socket.localAddress), response);
    } else if (pathname === '/wa/events') {
      const page = whatsapp.page(searchParams.get('page') ?? '');
      if (page === undefined) response.writeHead(404).end();
      else serveStream(page, response);
    } else if (pathname === '/wa/files' && request.method === 'POST') {
      whatsapp.files.upload(request, searchParams.get('mimetype') ?? '').then(
        ({ id }) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id })),
        () => response.destroy(),
      );
    } else if (pathname.startsWith('/wa/files/')) {
      whatsapp.files.serve(pathname.slice('/wa/files/'.length), request.method ?? 'GET', response);
    } else if (pathname === '/wa/media') {
      response.writeHead(200, { 'cache-control': 'private, max-age=100000' }).end(randomBytes(2 ** 20));
    } else if (pathname === '/wa/never') {
      // A page that hangs without burning a core waits here.
      const pid = pidOfAddress(request.socket.localAddress);
      whatsapp.pages.findLast(({ browserPid }) => browserPid === pid)?.hangs();
    } else if (request.method === 'POST' && isVerb(verb)) {
      answerPost(verb, request, response).catch(() => response.destroy());
    } else {
      response.writeHead(404).end();
    }
  };
}
