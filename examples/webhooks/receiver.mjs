// A receiver in plain Node: verifies, answers at once, works afterwards. `WEBHOOK_SECRET=whsec_… node receiver.mjs`
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

const TOLERANCE_S = 300;
const key = Buffer.from((process.env.WEBHOOK_SECRET ?? '').replace('whsec_', ''), 'base64');
if (key.length < 24) throw new Error('WEBHOOK_SECRET must be the secret of the webhook.');
/** Ids that were taken. In earnest: a table with a unique column, in the transaction of the work. */
const taken = new Set();

function isGenuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(Date.now() / 1_000 - Number(at)) <= TOLERANCE_S)) return false;
  const expected = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest();
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace('v1,', ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const server = createServer(async (request, response) => {
  const body = await buffer(request);
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  response.writeHead(204).end();
  const id = request.headers['webhook-id'];
  if (taken.has(id)) return undefined;
  taken.add(id);
  const { type, data } = JSON.parse(body.toString());
  console.log(`${type} of ${data.sessionId}`);
  return undefined;
});
server.listen(Number(process.env.PORT ?? 8_080), '127.0.0.1', () => console.log(`on port ${server.address().port}`));
