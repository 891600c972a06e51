import { z } from 'zod';

import { parseSessionKey, type SessionAddress } from '../domain/session.ts';

/**
 * One endpoint's deliveries of one session, in order. `replay`: beside the live ones, from an earlier position.
 * `parked`: single deliveries of all its sessions that are tried again apart from their order.
 */
export type Lane = { readonly webhookId: string } & (
  | { readonly kind: 'live'; readonly sessionKey: string }
  | { readonly kind: 'replay'; readonly sessionKey: string; readonly replayId: string }
  | { readonly kind: 'parked' }
);

/** How a lane is called among its endpoint's. A session key holds no `#` and is no `*`. */
export function laneName(lane: Lane): string {
  switch (lane.kind) {
    case 'live':
      return lane.sessionKey;
    case 'replay':
      return `${lane.sessionKey}#${lane.replayId}`;
    case 'parked':
      return '*';
  }
}

/** The inverse. */
export function readLane(webhookId: string, name: string): Lane {
  if (name === '*') return { webhookId, kind: 'parked' };
  const [sessionKey = '', replayId] = name.split('#');
  return replayId === undefined
    ? { webhookId, kind: 'live', sessionKey }
    : { webhookId, kind: 'replay', sessionKey, replayId };
}

/** `endpoint|lane`, as it stands in the lists of all endpoints. */
export function splitFullName(full: string): { readonly webhookId: string; readonly name: string } {
  const bar = full.indexOf('|');
  return { webhookId: full.slice(0, bar), name: full.slice(bar + 1) };
}

const stateSchema = z.object({
  /** The position of the last event that is done with. */
  cursor: z.string(),
  /** How many messages of the next event are done with. */
  done: z.number(),
  /** Failures in a row of the message that is next; and how many of them were refusals. */
  failures: z.number(),
  refusals: z.number(),
  /** When it is tried again, and when it failed (ms since 1970); 0 for neither. */
  dueAt: z.number(),
  failedAt: z.number(),
  /** The last position of a replay. */
  upTo: z.string().optional(),
});
export type LaneState = z.infer<typeof stateSchema>;

export function readLaneState(text: string): LaneState {
  return stateSchema.parse(JSON.parse(text));
}

/** A lane that has delivered all up to a position. */
export function laneAt(cursor: string, upTo?: string): LaneState {
  return { cursor, done: 0, failures: 0, refusals: 0, dueAt: 0, failedAt: 0, ...(upTo !== undefined && { upTo }) };
}

/** One delivery outside its lane: `sessionKey|position|type`. */
export interface ParkedName {
  readonly sessionKey: string;
  readonly position: string;
  readonly type: string;
}

export function parkedMember({ sessionKey, position, type }: ParkedName): string {
  return `${sessionKey}|${position}|${type}`;
}

export function readParkedMember(member: string): ParkedName & { readonly address: SessionAddress } {
  const [sessionKey = '', position = '', type = ''] = member.split('|');
  return { sessionKey, position, type, address: parseSessionKey(sessionKey) };
}

export const parkedStateSchema = z.object({ failures: z.number(), refusals: z.number() });
