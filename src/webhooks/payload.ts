import type { EventEnvelope } from '../domain/event-envelope.ts';
import type { WebhookFilter } from '../domain/webhook.ts';
import type { EndpointRecord } from './stored-endpoint.ts';

/** What is delivered: one body under one id, the same at each attempt. */
export interface WebhookMessage {
  readonly webhookId: string;
  readonly type: string;
  readonly sessionId: string;
  readonly position: string;
  readonly body: Buffer;
}

export interface Place {
  readonly position: string;
  readonly userId: string;
  readonly sessionId: string;
}

/** Events of messages that this service or the phone sent. */
const OURS: ReadonlySet<string> = new Set([
  'message.echo',
  'message.sent',
  'message.ack',
  'message.failed',
  'message.unknown',
  'message.expired',
  'message.cancelled',
]);

type Fields = Readonly<Record<string, unknown>>;
type Wishes = Pick<EndpointRecord, 'events' | 'sessions' | 'filter' | 'payload'>;

/**
 * What an endpoint is told of an event, in order; nothing where it did not ask for it.
 * @param isMove of a snapshot: whether the state changed
 */
export function messagesOf(
  { type, data }: EventEnvelope,
  { isMove, ...place }: Place & { readonly isMove: boolean },
  wishes: Wishes,
): readonly WebhookMessage[] {
  if (wishes.sessions !== null && !wishes.sessions.includes(place.sessionId)) return [];
  if (type === 'session.snapshot') {
    const { event, ...session } = { ...data, qr: null, pairingCode: null };
    const told: WebhookMessage[] = [];
    if (wants(wishes, type)) told.push(message(type, '', place, wishes, { ...session, event }));
    if (isMove && wants(wishes, 'session.state'))
      told.push(message('session.state', '_state', place, wishes, { session }));
    return told;
  }
  const fields: Fields = { ...data };
  return wants(wishes, type) && passes(wishes.filter, type, fields) ? [message(type, '', place, wishes, fields)] : [];
}

/** That events behind `from` up to this place are no longer kept: told whatever the endpoint asked for. */
export function gapMessage(place: Place, from: string, wishes: Wishes): WebhookMessage {
  return message('webhook.gap', '_gap', place, { ...wishes, payload: 'full' }, { from });
}

export function testMessage(id: string, userId: string, at: number): WebhookMessage {
  return {
    webhookId: `evt_test_${id}_${at}`,
    type: 'webhook.test',
    sessionId: '',
    position: '',
    body: bodyOf('webhook.test', at, { sessionId: null, userId, position: null, webhookId: id }),
  };
}

function message(
  type: string,
  suffix: string,
  { position, userId, sessionId }: Place,
  { payload }: Pick<Wishes, 'payload'>,
  data: Fields,
): WebhookMessage {
  const place = { sessionId, userId, position };
  const told = payload === 'thin' ? { ...thinned(data), ...place } : { ...data, ...place };
  const body = bodyOf(type, Number(position.split('-')[0]), told);
  // A position is one event's in the whole fleet, and names nobody.
  return { webhookId: `evt_${position}${suffix}`, type, sessionId, position, body };
}

function bodyOf(type: string, at: number, data: Fields): Buffer {
  return Buffer.from(JSON.stringify({ type, timestamp: new Date(at).toISOString(), data }));
}

/** Only the ids of the message that it is about. */
function thinned(data: Fields): Fields {
  const { message: about } = data;
  if (isFields(about)) return { message: { id: about['id'], waId: about['waId'] } };
  return 'waId' in data ? { id: data['id'], waId: data['waId'] } : {};
}

function wants({ events }: Wishes, type: string): boolean {
  const wanted: readonly string[] | null = events;
  return wanted === null || wanted.includes(type);
}

function passes({ chatIds, groups, fromMe, types }: WebhookFilter, type: string, data: Fields): boolean {
  if (!type.startsWith('message.')) return true;
  const about = isFields(data['message']) ? data['message'] : data;
  const { chatId, fromMe: isFromMe, type: kind } = about;
  if (chatIds !== undefined && typeof chatId === 'string' && !chatIds.includes(chatId)) return false;
  if (groups !== undefined && typeof chatId === 'string' && chatId.endsWith('@g.us') !== groups) return false;
  if (types !== undefined && typeof kind === 'string' && !types.includes(kind)) return false;
  const isOurs = typeof isFromMe === 'boolean' ? isFromMe : OURS.has(type) ? true : null;
  return fromMe === undefined || isOurs === null || isOurs === fromMe;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
