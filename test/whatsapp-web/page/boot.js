import { createChats } from './chats.js';
import { Connection } from './connection.js';
import { createInternals } from './internals.js';
import { misbehave } from './misbehave.js';
import { createSession } from './session.js';
import { openStorage } from './storage.js';

const { page, settings, failsAtLoad } = JSON.parse(document.getElementById('boot').textContent);
if (failsAtLoad) misbehave(failsAtLoad);

const connection = new Connection(page);
const storage = await openStorage();
const chats = createChats(storage, connection);
const session = createSession({ storage, connection, chats, settings });
await chats.load();

window.require = createInternals({ storage, session, chats, settings });
window.Debug = { VERSION: settings.version };
session.run();
