// The bare library: clients with LocalAuth and nothing around them. Hears `start ID`, `destroy ID`; says what they
// emit, a JSON line each; `text ID CHAT WORDS` and `file ID CHAT PATH` send.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { Client, LocalAuth, MessageMedia } = createRequire(import.meta.url)('whatsapp-web.js');
const { dataPath, puppeteer, start } = JSON.parse(process.argv[2]);
const clients = new Map();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function open(id) {
  const began = performance.now();
  const client = new Client({ authStrategy: new LocalAuth({ clientId: id, dataPath }), puppeteer });
  clients.set(id, client);
  for (const event of ['qr', 'authenticated', 'ready']) {
    client.on(event, (qr) => say({ event, id, ms: performance.now() - began, qr: event === 'qr' ? qr : null }));
  }
  client.initialize().catch((error) => {
    // A client that is destroyed at its first QR is still initializing, and fails then.
    if (clients.get(id) === client) say({ event: 'failed', id, why: String(error) });
  });
}

async function destroy(id) {
  const client = clients.get(id);
  clients.delete(id);
  await client?.destroy().catch(() => undefined);
  say({ event: 'destroyed', id });
}

async function send(verb, id, chat, words) {
  const content = verb === 'text' ? words : MessageMedia.fromFilePath(words);
  const options = verb === 'text' ? {} : { sendMediaAsDocument: true };
  await clients.get(id).sendMessage(chat, content, options);
}

async function end() {
  await Promise.all([...clients.keys()].map(destroy));
  process.exit(0);
}

process.on('unhandledRejection', () => undefined);
process.on('SIGTERM', () => void end());
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [verb, id, chat, ...words] = line.split(' ');
    if (verb === 'start') open(id);
    else if (verb === 'destroy') void destroy(id);
    else void send(verb, id, chat, words.join(' '));
  })
  .on('close', () => void end());
for (const id of start ?? []) open(id);
say({ event: 'up' });
