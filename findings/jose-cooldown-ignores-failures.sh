#!/usr/bin/env bash
# jose 6.2.18: `cooldownDuration` of createRemoteJWKSet counts only fetches that went well.
#
# With a key set older than `cacheMaxAge` and a provider that answers 500, each verification fetches again and fails,
# though the keys that it had would still do and 30 s of cooldown are set: five tokens, five requests. An outage of an
# identity provider that is longer than ten minutes (the default age) locks every caller out, and is met with one
# request for each of theirs.
#
# Output seen on Node 20.20.2:
#   while the provider answers: verified, fetches 1
#   once it fails: 5 of 5 refused, fetches 6
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts jose@6.2.18

cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1' }];
let status = 200;
let fetches = 0;
const server = createServer((_request, response) => {
  fetches += 1;
  response.writeHead(status).end(JSON.stringify({ keys }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const keySet = createRemoteJWKSet(new URL(`http://127.0.0.1:${server.address().port}/`), { cacheMaxAge: 200, cooldownDuration: 30_000 });
const token = await new SignJWT({ sub: 'ana' }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey);
await jwtVerify(token, keySet);
console.log(`while the provider answers: verified, fetches ${fetches}`);

status = 500;
await new Promise((resolve) => setTimeout(resolve, 300));
let refused = 0;
for (let time = 0; time < 5; time += 1) await jwtVerify(token, keySet).catch(() => (refused += 1));
console.log(`once it fails: ${refused} of 5 refused, fetches ${fetches}`);
server.close();
server.closeAllConnections();
JS
node run.mjs | tee output
diff output - <<'EXPECTED'
while the provider answers: verified, fetches 1
once it fails: 5 of 5 refused, fetches 6
EXPECTED
echo 'As stated.'
