#!/usr/bin/env bash
# ioredis 6.0.0: a command that `commandTimeout` has rejected still runs when the server is there again.
#
# The promise rejects with "Command timed out" while the command stays in the offline queue; after the reconnect it is
# sent as if nobody had been told that it failed. Whoever answers its own caller with an error has then lied. Valid
# input: one SET, no pipeline, default options but for the time-out.
#
# Output seen on Node 20.20.2:
#   before the server is there: rejected, Command timed out
#   after it is there, the server got: set order cancelled
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ioredis@6.0.0

cat >run.mjs <<'JS'
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

const path = `${process.cwd()}/s`;
const redis = new Redis(path, { commandTimeout: 300, retryStrategy: () => 50, maxRetriesPerRequest: null });
redis.on('error', () => {});
const outcome = await redis.set('order', 'cancelled').then(() => 'fulfilled', (error) => `rejected, ${error.message}`);
console.log(`before the server is there: ${outcome}`);

// Speaks just enough of the protocol: says OK to everything and tells of any SET.
const server = createServer((socket) =>
  socket.on('data', (bytes) => {
    const commands = bytes.toString().split('*').slice(1);
    for (const command of commands) {
      const words = command.split('\r\n').filter((_, index) => index % 2 === 0 && index > 0);
      if (words[0]?.toLowerCase() === 'set') {
        console.log(`after it is there, the server got: ${words.join(' ')}`);
        redis.disconnect();
        server.close();
        return;
      }
      socket.write('+OK\r\n');
    }
  }),
);
server.listen(path);
setTimeout(() => { console.log('nothing came'); process.exit(0); }, 5_000).unref();
JS
node run.mjs | tee output
diff output - <<'EXPECTED'
before the server is there: rejected, Command timed out
after it is there, the server got: set order cancelled
EXPECTED
echo 'As stated.'
