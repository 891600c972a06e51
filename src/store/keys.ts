import { sessionKey, type SessionAddress } from '../domain/session.ts';

/** Names of everything this service keeps in Redis. `key` is a `sessionKey()`. */
export interface Keyspace {
  readonly prefix: string;
  /** Hash: the whole of one session, its snapshot and what is wanted of it. */
  session(key: string): string;
  /** String: the sealed URL of the proxy that the session's page goes through. */
  proxy(key: string): string;
  /** Stream: the session's transitions; an entry's id is `<rev>-0`. */
  history(key: string): string;
  /** Stream: every change of every session, in one order. */
  readonly events: string;
  /** Stream: those of one user's sessions, each with the position that it has there. */
  eventsOf(userId: string): string;
  /** Hash: from which position on users' streams hold everything. */
  readonly wholeness: string;
  /** Stream: what simulated phones are to play. */
  readonly simulation: string;
  /** Sorted set of session keys, all scores 0: the listing of everybody's. */
  readonly sessions: string;
  /** Sorted set of session ids, all scores 0: the listing of one user's. */
  sessionsOf(userId: string): string;
  /** Sorted set of the sessions that count as running, scored by their last activity (ms since 1970). */
  readonly active: string;
  /** The same, of one user. */
  activeOf(userId: string): string;
  /** List: when the last ones of them left (ms since 1970), the latest first. */
  readonly departures: string;
  /** Set of sessions that nobody runs but something is to be done about: logged out or deleted. */
  readonly pendingErasures: string;
  /** Hash: the places of the sessions that wait for a node, by session key, and the `round` that is served. */
  readonly queuePlaces: string;
  /** Sorted set of `user/place/id`, all scores 0: the same places, by user. */
  readonly queueByUser: string;
  /** String, for a while: those behind the head of the queue have just been told their positions. */
  readonly queueTail: string;
  /** Hash: what all nodes of the fleet have agreed upon. */
  readonly fleet: string;
  /** Hash of the nodes of the fleet, each with its last heartbeat. */
  readonly nodes: string;
  /** Set: names of the nodes that are to give their sessions away. */
  readonly drains: string;
  /** Sorted set of the nodes, scored by when they were heard of last (ms since 1970, by the clock of Redis). */
  readonly heard: string;
  /** String, for a while: what a node's browsers hold in memory. */
  memory(nodeId: string): string;
  /** Hash: the data keys that seal a session's messages, wrapped; by name. */
  messageKeys(key: string): string;
  /** Stream: what happened to the messages of one session; bodies sealed. */
  messageLog(key: string): string;
  /** Hash: how large that log is, what fell out of it, and up to when messages were taken in. */
  messageLogState(key: string): string;
  /** Sorted set: the messages that came in already, by when they were told (ms since 1970). */
  seenMessages(key: string): string;
  /** Hash: the messages that we send, by the id that WhatsApp knows them under. */
  waIds(key: string): string;
  /** Hash: one message that we send. */
  message(key: string, id: string): string;
  /** Sorted set: the messages that are not settled, in the order in which they were taken. */
  outbox(key: string): string;
  /** Sorted set: all messages that we sent or are to send, in that order. */
  sentMessages(key: string): string;
  /** Hash: how a session's outbox is paced, what it has used up, and what holds it. */
  outboxState(key: string): string;
  /** Sorted set: the chats of people who wrote to us, or whom we wrote to, by when (ms since 1970). */
  knownChats(key: string): string;
  /** String, for a day: the message that an idempotency key stands for. */
  idempotency(key: string, name: string): string;
  /** Hash: what is known of a file that a user keeps for a message; beside it lie its pieces. */
  media(userId: string, id: string): string;
  /** Sorted set of the sessions with messages that are not settled, by when somebody has to look at them (ms since 1970). */
  readonly outboxes: string;
  /** String: the secret from which ids follow that idempotency keys stand for, sealed. */
  readonly idSecret: string;
  /** Stream: sessions whose outbox has something new. */
  readonly outboxBells: string;
  /** String: what a one-time ticket stands for. */
  ticket(id: string): string;
  /** Hash: a user's webhook endpoints by id; `1` for those that take every snapshot. */
  webhooksOf(userId: string): string;
  /** Set of the ids of everybody's endpoints. */
  readonly webhookIds: string;
  /** Hash: one endpoint, how it does and what is sealed of it. */
  webhook(id: string): string;
  /** Hash: how far each of its lanes has come. */
  webhookLanes(id: string): string;
  /** Sorted set of its lanes that deliver now, by when they said so last; and the set of those that wait to. */
  webhookSlots(id: string): string;
  webhookWaiting(id: string): string;
  /** Hash: single deliveries outside the lanes, to be tried again; and the sorted set of them by when. */
  webhookParked(id: string): string;
  webhookParkedDue(id: string): string;
  /** Stream: its last attempts; and the stream of what it refused for good. */
  webhookDeliveries(id: string): string;
  webhookDead(id: string): string;
  /** Sorted set of `endpoint|lane` by when it is to be tried again (ms since 1970). */
  readonly webhookDue: string;
  /** Stream: what a session's lanes may have to deliver, with the positions of the event log. */
  webhookLog(key: string): string;
  /** Hash: of each session the newest position in there and the state, `<position> <state>`. */
  readonly webhookHeads: string;
  /** Set of the sessions of which some lane may be behind. */
  readonly webhookBehind: string;
}

export function keyspace(prefix: string): Keyspace {
  return {
    prefix,
    session: (key) => `${prefix}:session:${key}`,
    proxy: (key) => `${prefix}:proxy:${key}`,
    history: (key) => `${prefix}:history:${key}`,
    events: `${prefix}:events`,
    eventsOf: (userId) => `${prefix}:events:${encodeURIComponent(userId)}`,
    wholeness: `${prefix}:events-whole`,
    simulation: `${prefix}:simulation`,
    sessions: `${prefix}:sessions`,
    sessionsOf: (userId) => `${prefix}:sessions:${encodeURIComponent(userId)}`,
    active: `${prefix}:active`,
    activeOf: (userId) => `${prefix}:active:${encodeURIComponent(userId)}`,
    departures: `${prefix}:departures`,
    pendingErasures: `${prefix}:chores`,
    queuePlaces: `${prefix}:line`,
    queueTail: `${prefix}:queue-tail`,
    queueByUser: `${prefix}:places`,
    fleet: `${prefix}:fleet`,
    nodes: `${prefix}:nodes`,
    drains: `${prefix}:drains`,
    heard: `${prefix}:heard`,
    memory: (nodeId) => `${prefix}:memory:${nodeId}`,
    messageKeys: (key) => `${prefix}:msgkeys:${key}`,
    messageLog: (key) => `${prefix}:msglog:${key}`,
    messageLogState: (key) => `${prefix}:msglog-state:${key}`,
    seenMessages: (key) => `${prefix}:seen:${key}`,
    waIds: (key) => `${prefix}:waids:${key}`,
    message: (key, id) => `${prefix}:msg:${key}:${id}`,
    outbox: (key) => `${prefix}:outbox:${key}`,
    sentMessages: (key) => `${prefix}:messages:${key}`,
    outboxState: (key) => `${prefix}:outbox-state:${key}`,
    knownChats: (key) => `${prefix}:known-chats:${key}`,
    idempotency: (key, name) => `${prefix}:idempotency:${key}:${name}`,
    media: (userId, id) => `${prefix}:media:${encodeURIComponent(userId)}:${id}`,
    outboxes: `${prefix}:outboxes`,
    idSecret: `${prefix}:id-secret`,
    outboxBells: `${prefix}:outbox-bells`,
    ticket: (id) => `${prefix}:ticket:${id}`,
    webhooksOf: (userId) => `${prefix}:webhooks:${encodeURIComponent(userId)}`,
    webhookIds: `${prefix}:webhook-ids`,
    webhook: (id) => `${prefix}:webhook:${id}`,
    webhookLanes: (id) => `${prefix}:webhook-lanes:${id}`,
    webhookSlots: (id) => `${prefix}:webhook-slots:${id}`,
    webhookWaiting: (id) => `${prefix}:webhook-waiting:${id}`,
    webhookParked: (id) => `${prefix}:webhook-parked:${id}`,
    webhookParkedDue: (id) => `${prefix}:webhook-parked-due:${id}`,
    webhookDeliveries: (id) => `${prefix}:webhook-deliveries:${id}`,
    webhookDead: (id) => `${prefix}:webhook-dead:${id}`,
    webhookDue: `${prefix}:webhook-due`,
    webhookLog: (key) => `${prefix}:webhook-log:${key}`,
    webhookHeads: `${prefix}:webhook-heads`,
    webhookBehind: `${prefix}:webhook-behind`,
  };
}

/** All keys that a script about one session may touch; each takes those that it names. */
export function scriptKeys(keys: Keyspace, address: SessionAddress) {
  const { userId } = address;
  const key = sessionKey(address);
  return {
    session: keys.session(key),
    events: keys.events,
    eventsOfUser: keys.eventsOf(userId),
    wholeness: keys.wholeness,
    proxy: keys.proxy(key),
    history: keys.history(key),
    active: keys.active,
    activeOfUser: keys.activeOf(userId),
    pendingErasures: keys.pendingErasures,
    sessions: keys.sessions,
    sessionsOfUser: keys.sessionsOf(userId),
    departures: keys.departures,
    messageKeys: keys.messageKeys(key),
    messageLog: keys.messageLog(key),
    messageLogState: keys.messageLogState(key),
    seenMessages: keys.seenMessages(key),
    waIds: keys.waIds(key),
    outbox: keys.outbox(key),
    sentMessages: keys.sentMessages(key),
    outboxState: keys.outboxState(key),
    knownChats: keys.knownChats(key),
    outboxes: keys.outboxes,
    outboxBells: keys.outboxBells,
  };
}
