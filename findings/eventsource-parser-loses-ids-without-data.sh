#!/usr/bin/env bash
# eventsource-parser 3.1.0: a block that holds an `id:` and no `data:` is dropped, its id with it.
#
# By the standard (WHATWG HTML, "9.2.6 Interpreting an event stream") such a block dispatches no event but does set the
# last event id, which is what a client resumes from. A server that marks a position by an id alone, as keep-alives do,
# is resumed too early by a client built on this parser: what came before the mark comes twice.
#
# Output seen on Node 20.20.2:
#   events: 1, the last id told: 1
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts eventsource-parser@3.1.0

cat >run.mjs <<'JS'
import { createParser } from 'eventsource-parser';

let events = 0;
let lastId;
const parser = createParser({
  onEvent: ({ id }) => {
    events += 1;
    lastId = id;
  },
});
parser.feed('id: 1\ndata: first\n\nid: 2\n\n');
console.log(`events: ${events}, the last id told: ${lastId}`);
JS
node run.mjs | tee output
diff output - <<'EXPECTED'
events: 1, the last id told: 1
EXPECTED
echo 'As stated.'
