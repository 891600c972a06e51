import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { getRequestListener } from '@hono/node-server';
import { build } from 'esbuild';
import { Hono } from 'hono';
import { startTestService, type TestService } from 'whatsapp-session-supervisor/testing';

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A session that lost its network goes on trying as long as somebody looks at it, at a pace that eyes can follow. */
const PATIENT = { RECONNECT_BASE_MS: '200', RECONNECT_MAX_MS: '1000', RECONNECT_MAX_ATTEMPTS: '1000' };

export interface Example {
  readonly url: string;
  /** What the page talks to, on simulated phones. */
  readonly service: TestService;
  readonly close: () => Promise<void>;
}

/**
 * Serves the page with a backend of its own, and the service beside it. Rejects when the port is taken (0 is any that
 * is free) or the service does not start.
 */
export async function serveExample(port = 0): Promise<Example> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  const open: (() => Promise<void>)[] = [
    async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  ];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((end) => end()));
  };
  try {
    // The page is of another origin than the service.
    const service = await startTestService({ env: { CORS_ORIGINS: url, ...PATIENT } });
    open.push(() => service.stop());
    const backend = await makeBackend(service);
    const answer = getRequestListener(backend.fetch);
    server.on('request', (request, response) => void answer(request, response));
    return { url, service, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeBackend(service: TestService): Promise<Hono> {
  const [html, assets] = await Promise.all([readFile(beside('index.html'), 'utf8'), bundle(service.url)]);
  const backend = new Hono();
  // The secret stays here. In your backend: whoever your own cookie says is signed in.
  backend.post('/my/token', async (c) => c.text(await service.token('ana'), 200, { 'cache-control': 'no-store' }));
  backend.get('/', (c) => {
    c.header(
      'content-security-policy',
      `default-src 'self'; connect-src 'self' ${service.url}; img-src data:; frame-ancestors 'none'`,
    );
    return c.html(html);
  });
  for (const { name, type, text } of assets) backend.get(name, (c) => c.body(text, 200, { 'content-type': type }));
  return backend;
}

/** What `vite build` would do. */
async function bundle(
  serviceUrl: string,
): Promise<readonly { readonly name: string; readonly type: string; readonly text: string }[]> {
  const { outputFiles } = await build({
    entryPoints: [beside('main.tsx')],
    outdir: '/',
    bundle: true,
    minify: true,
    format: 'esm',
    jsx: 'automatic',
    write: false,
    define: { 'import.meta.env.VITE_WHATSAPP_URL': JSON.stringify(serviceUrl), 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles.map(({ path, text }) => ({
    name: path,
    type: path.endsWith('.css') ? 'text/css' : 'text/javascript',
    text,
  }));
}
