import { createActions } from './actions.js';
import { errorsOf, traitsOf } from './builds.js';
import { createChats } from './chats.js';
import { Connection } from './connection.js';
import { createContacts } from './contacts.js';
import { createInternals } from './internals.js';
import { createMedia } from './media.js';
import { misbehave } from './misbehave.js';
import { createSession } from './session.js';
import { openStorage } from './storage.js';
import { msgKeyOf } from './wid.js';

const { page, settings, failsAtLoad } = JSON.parse(document.getElementById('boot').textContent);
if (failsAtLoad) misbehave(failsAtLoad);

const traits = traitsOf(settings.build);
const connection = new Connection(page);
const storage = await openStorage();
const context = {
  storage,
  connection,
  settings,
  traits,
  makeError: errorsOf(traits),
  MsgKey: msgKeyOf(traits.keyText),
};
const contacts = createContacts(context);
const media = createMedia(context);
const chats = createChats({ ...context, contacts, media });
const actions = createActions({ ...context, chats });
const session = createSession({ storage, connection, chats, actions, settings });
await chats.load();

window.require = createInternals({ ...context, session, chats, contacts, media, actions });
window.Debug = { VERSION: settings.version };
session.run();
