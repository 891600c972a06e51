import {
  envelopeOf,
  isPlain,
  presentEnvelope,
  type EventEnvelope,
  type PlainEvent,
} from '../../domain/event-envelope.ts';
import type { FeedEvent, MessagePointer } from '../../domain/events.ts';
import type { Session } from '../../domain/session.ts';

const encoder = new TextEncoder();
/** About what a pointer takes in memory. */
const POINTER_BYTES = 256;
const encoded = new WeakMap<PlainEvent, Uint8Array>();
/** What several streams deliver at the same time is fetched once. Nobody's words stay here. */
const underWay = new WeakMap<MessagePointer, Promise<Uint8Array | 'gone'>>();

/** Gives an event its words; see `EventPayloads`. */
export type PayloadOf = (event: FeedEvent) => Promise<EventEnvelope | 'gone'>;

/**
 * An event as Server-Sent Events carry it, for all who listen. `gone`: what it points at is not kept any more. Rejects
 * where the store cannot be reached.
 */
export async function frameOf(event: FeedEvent, payloadOf: PayloadOf): Promise<Uint8Array | 'gone'> {
  if (isPlain(event)) return plainFrame(event);
  const known = underWay.get(event);
  if (known !== undefined) return known;
  const fetching = payloadOf(event).then((envelope) =>
    envelope === 'gone' ? envelope : encode({ id: event.position, event: envelope.type, data: envelope.data }),
  );
  underWay.set(event, fetching);
  try {
    return await fetching;
  } finally {
    underWay.delete(event);
  }
}

/** Bytes that an event takes while it waits to be delivered. */
export function waitingBytes(event: FeedEvent): number {
  return isPlain(event) ? plainFrame(event).byteLength : POINTER_BYTES;
}

function plainFrame(event: PlainEvent): Uint8Array {
  const known = encoded.get(event);
  if (known !== undefined) return known;
  const { type, data } = envelopeOf(event);
  const frame = encode({ id: event.position, event: type, data });
  encoded.set(event, frame);
  return frame;
}

/** A session as it is now, which no event led to. Only with a position may a client resume behind it. */
export function presentFrame(session: Session, position: string | null): Uint8Array {
  const { type, data } = presentEnvelope(session);
  return encode({ id: position, event: type, data });
}

/** The position from which the client asked to resume is no longer kept: what follows are the present snapshots. */
export function gapFrame(lastEventId: string): Uint8Array {
  return encode({ id: null, event: 'gap', data: { lastEventId } });
}

/**
 * Lines that no listener is called for. A position in such a block still moves what the client will resume from
 * (WHATWG HTML, section 9.2.6), so that a quiet stream does not fall behind what is kept.
 */
export function commentFrame(
  comment: string,
  fields: { readonly retryMs?: number; readonly id?: string | null } = {},
): Uint8Array {
  const { retryMs, id = null } = fields;
  const lines = [
    `: ${comment}`,
    ...(retryMs === undefined ? [] : [`retry: ${retryMs}`]),
    ...(id === null ? [] : [`id: ${id}`]),
  ];
  return encoder.encode(`${lines.join('\n')}\n\n`);
}

/** JSON holds no line breaks, so data is always one line. */
function encode({ id, event, data }: { id: string | null; event: string; data: unknown }): Uint8Array {
  return encoder.encode(`${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
