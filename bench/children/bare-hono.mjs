// One route that answers with the JSON it was given, on the server that the service uses: what the service's own route
// is compared with.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const answer = JSON.parse(process.argv[2]);
const app = new Hono();
app.get('/api/sessions/:id/status', (c) => c.json(answer));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  process.stdout.write(`${JSON.stringify({ port })}\n`),
);
