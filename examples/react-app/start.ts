// `npm run example`: the page, its backend and the service on simulated phones, until Ctrl-C.
import { serveExample } from './serve.ts';

const { url, close } = await serveExample(Number(process.env['PORT'] ?? 0));
console.log(`The page: ${url}\nCtrl-C ends it; nothing is kept.`);

// npm repeats what the terminal has sent.
let closing: Promise<void> | null = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void (closing ??= close()));
