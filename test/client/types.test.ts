import { expect, expectTypeOf, it } from 'vitest';

import type {
  ClientEvent,
  LossReason,
  PairingCode,
  Qr,
  RestReason,
  Session,
  SessionIn,
  SessionView,
  SnapshotEvent,
} from '../../src/client/index.ts';
import { createClient } from '../../src/client/index.ts';
import type { useWhatsAppSession } from '../../src/client/react/index.ts';
import { REASONS, type Reason, type Session as Resource, type SessionState } from '../../src/domain/session.ts';

type Keys<Union> = Union extends unknown ? keyof Union : never;

it('every state and reason of the interface has its place in the union', () => {
  expectTypeOf<Session['state']>().toEqualTypeOf<SessionState>();
  expectTypeOf<NonNullable<Session['reason']>>().toEqualTypeOf<Reason>();
  expectTypeOf<RestReason | LossReason>().toEqualTypeOf<Reason>();
  expectTypeOf<Keys<Session>>().toEqualTypeOf<keyof Resource>();
  expect(REASONS).toHaveLength(new Set(REASONS).size);
});

it('a QR exists only in waiting_qr, and there instead of a pairing code', () => {
  expectTypeOf<Extract<Session, { qr: unknown }>['state']>().toEqualTypeOf<'waiting_qr'>();
  expectTypeOf<SessionIn<'ready'>>().not.toHaveProperty('qr');
  const session = {} as SessionIn<'waiting_qr'>;
  if (session.qr === null) expectTypeOf(session.pairingCode).toEqualTypeOf<PairingCode>();
  else expectTypeOf(session.qr).toEqualTypeOf<Qr>();
});

it('whoever is ready has a phone number, and no reason', () => {
  expectTypeOf<SessionIn<'ready'>['phoneNumber']>().toEqualTypeOf<string>();
  expectTypeOf<SessionIn<'ready'>['reason']>().toEqualTypeOf<null>();
  expectTypeOf<SessionIn<'disconnected'>['reason']>().toEqualTypeOf<RestReason>();
});

it('waiting for states gives a session in one of them', () => {
  const { sessions } = createClient({ token: 't' });
  expectTypeOf<Awaited<ReturnType<typeof sessions.waitFor<'ready'>>>>().toEqualTypeOf<SessionIn<'ready'>>();
  expectTypeOf<Awaited<ReturnType<typeof sessions.waitFor<'ready' | 'failed'>>>['state']>().toEqualTypeOf<
    'ready' | 'failed'
  >();
});

it('what the hook gives is told apart by its status', () => {
  const view = {} as ReturnType<typeof useWhatsAppSession>;
  expectTypeOf(view.status).toEqualTypeOf<SessionState | 'loading' | 'absent' | 'refused'>();
  if (view.status === 'waiting_qr') expectTypeOf(view.session).toEqualTypeOf<SessionIn<'waiting_qr'>>();
  if (view.status === 'ready') expectTypeOf(view.session.phoneNumber).toEqualTypeOf<string>();
  expectTypeOf<Extract<SessionView, { status: 'loading' }>>().not.toHaveProperty('session');
  expectTypeOf(view.start).toEqualTypeOf<() => Promise<void>>();
});

it('a session’s memory is a number and the moment in which it was read', () => {
  const client = createClient({ token: 't' });
  expectTypeOf<Awaited<ReturnType<typeof client.memory>>[number]>().toEqualTypeOf<
    Readonly<{ id: string; userId: string; bytes: number; measuredAt: string }>
  >();
});

it('events are told apart by their type', () => {
  expectTypeOf<Extract<ClientEvent, { type: 'session.snapshot' }>>().toEqualTypeOf<SnapshotEvent>();
  expectTypeOf<Extract<ClientEvent, { type: 'message.received' }>['message']['body']>().toEqualTypeOf<string>();
});
