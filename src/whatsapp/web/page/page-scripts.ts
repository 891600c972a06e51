/**
 * What is run in the page. Strings, since what a compiler adds to a function does not exist there. Names of modules are
 * those that whatsapp-web.js 1.34 itself requires.
 */
const SOCKET = "window.require('WAWebSocketModel').Socket";

/** What a look at the page finds. `booting`: WhatsApp Web has not defined itself yet. */
export type Sight =
  | { readonly kind: 'booting' }
  | {
      readonly kind: 'up';
      readonly state: string;
      readonly hasSynced: boolean;
      /** The library listens to this document. */
      readonly isWired: boolean;
    };

const IS_BOOTING = "window.Debug?.VERSION === undefined || typeof window.require !== 'function'";

export const LOOK = `(() => {
  if (${IS_BOOTING}) return { kind: 'booting' };
  const socket = ${SOCKET};
  return { kind: 'up', state: String(socket.state), hasSynced: socket.hasSynced === true, isWired: window.supervisorWired === true };
})()`;

/**
 * Handlers of the library's that ask WhatsApp about a chat each time: about a group with each of its messages. Nobody
 * listens to what they tell.
 */
const UNHEARD = String.raw`/window\.on(ChatUnreadCount|RemoveChat|ArchiveChat)Event/`;

/** A sync that loads thousands of messages is not told of each. */
const PROGRESS_APART_MS = 500;

/**
 * Tells of every change of the socket, and of what a sync loads, from before the library listens, and keeps it from listening where nobody hears.
 * Once a document, and nothing in one that has not defined itself: it may have come after the look at another.
 */
export const WATCH = `(() => {
  if (window.supervisorWatches || ${IS_BOOTING}) return;
  window.supervisorWatches = true;
  const socket = ${SOCKET};
  const say = (isLoading) => void window.supervisorHears(String(socket.state), socket.hasSynced === true, isLoading);
  const tell = () => say(false);
  socket.on('change:state', tell);
  socket.on('change:hasSynced', tell);
  tell();
  let saidAt = -Infinity;
  const loads = () => {
    if (socket.hasSynced === true || performance.now() - saidAt < ${PROGRESS_APART_MS}) return;
    saidAt = performance.now();
    say(true);
  };
  const { Chat: chats, Msg: messages } = window.require('WAWebCollections') ?? {};
  for (const [source, event] of [
    [window.require('WAWebCmd')?.Cmd, 'offline_progress_update_from_bridge'],
    [chats, 'add'],
    [messages, 'add'],
  ])
    if (typeof source?.on === 'function') source.on(event, loads);
  const on = chats?.on;
  if (typeof on !== 'function') return;
  chats.on = function (names, handler, ...rest) {
    return ${UNHEARD}.test(String(handler)) ? this : on.call(this, names, handler, ...rest);
  };
})()`;

/** Only of the document that was watched before: where another has taken its place, this is false. */
export const MARK_WIRED = '(window.supervisorWired = window.supervisorWatches === true)';

/**
 * Whether this document is the one that was watched, and the library has come to it: the first thing that it makes in
 * one (AuthStore.js).
 */
export const IS_REACHED = 'window.supervisorWatches === true && window.AuthStore !== undefined';

/** Plays the event that the library missed, when the page had synced before it listened (wwebjs#3785). */
export const NUDGE = `(() => { if (${SOCKET}.hasSynced && !window.WWebJS) void window.onAppStateHasSyncedEvent(); })()`;

/** The library's own renewal runs in Node by mistake and does nothing (Client.js:281-293). */
export const REFRESH_QR = "window.require('WAWebLaunchSocketUtils').refreshQR()";

export const LOGOUT = `${SOCKET}.logout()`;
