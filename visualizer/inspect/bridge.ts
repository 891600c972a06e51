import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocket, WebSocketServer } from 'ws';

export interface Bridge {
  /** The page that shows Stately's inspector. */
  readonly url: string;
  readonly send: (message: object) => void;
  readonly close: () => Promise<void>;
}

interface BridgeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Stately's inspector, as its own server embeds it. */
  readonly inspector: string;
  /** What a page that comes late must be told first. */
  readonly greet: () => readonly object[];
}

/** A page that has fallen this far behind is no longer looked at. */
const MOST_UNSENT_BYTES = 8 * 1024 * 1024;

/**
 * Serves a page that embeds Stately's inspector and hands it whatever is sent, over a websocket on this machine only.
 * Listens to nobody: what a page says is not read, and a page from elsewhere that tries to connect is refused by its
 * origin. Rejects when the port is taken.
 */
export async function startBridge({ port, inspector, greet }: BridgeOptions): Promise<Bridge> {
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    response.end(pageFor(inspector));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: listening } = server.address() as AddressInfo; // a TCP server that listens has one
  const url = `http://127.0.0.1:${listening}`;
  const sockets = new WebSocketServer({
    server,
    maxPayload: 1,
    verifyClient: ({ origin }: { origin: string }) => origin === url,
  });
  sockets.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    for (const message of greet()) socket.send(JSON.stringify(message));
  });
  return {
    url,
    send: (message) => {
      const text = JSON.stringify(message);
      for (const socket of sockets.clients) {
        if (socket.readyState !== WebSocket.OPEN) continue;
        if (socket.bufferedAmount > MOST_UNSENT_BYTES) socket.terminate();
        else socket.send(text);
      }
    },
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Messages go to Stately's origin alone, and wait until its page says that it is there. */
function pageFor(inspector: string): string {
  const { origin } = new URL(inspector);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Stately inspector</title><style>html,body,iframe{width:100%;height:100%;margin:0;border:0}</style></head>
<body>
<iframe id="inspector" title="Stately inspector" src="${inspector}" referrerpolicy="no-referrer"></iframe>
<script type="module">
const frame = document.getElementById('inspector');
const waiting = [];
let isThere = false;
addEventListener('message', ({ data, origin }) => {
  if (origin !== '${origin}' || data?.type !== '@statelyai.connected') return;
  isThere = true;
  for (const message of waiting.splice(0)) frame.contentWindow.postMessage(message, '${origin}');
});
const socket = new WebSocket('ws://' + location.host);
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (isThere) frame.contentWindow.postMessage(message, '${origin}');
  else waiting.push(message);
};
</script>
</body>
</html>
`;
}
