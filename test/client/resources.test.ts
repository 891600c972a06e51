/** The client's types are plain and its own; the service's are made from its schemas. Here they are held equal. */
import { describe, expectTypeOf, it } from 'vitest';

import type { problemSchema } from '../../src/api/http/problems.ts';
import type { memoryResource, sessionResource, statusResource } from '../../src/api/http/resources.ts';
import type * as client from '../../src/client/index.ts';
import type { EVENT_TYPES } from '../../src/domain/events.ts';
import type { MessageEventData, MessageEventType } from '../../src/domain/message-events.ts';
import type { MessageRecord } from '../../src/domain/message-record.ts';
import type * as domain from '../../src/domain/session.ts';

type Output<Schema extends { _output: unknown }> = Schema['_output'];
/** The same with everything writable: whoever reads what the client gives need not change it. */
type Writable<Value> = Value extends object ? { -readonly [Key in keyof Value]: Writable<Value[Key]> } : Value;
type Keys<Union> = Union extends unknown ? keyof Union : never;
/** What a field may be in any of the states. */
type FieldOf<Union, Key extends PropertyKey> = Union extends Record<Key, infer Value> ? Value : never;

describe('The types of the client', () => {
  it('know every word that the service has for a session', () => {
    expectTypeOf<client.SessionState>().toEqualTypeOf<domain.SessionState>();
    expectTypeOf<client.Reason>().toEqualTypeOf<domain.Reason>();
    expectTypeOf<client.SessionTag>().toEqualTypeOf<domain.SessionTag>();
  });

  it('have each field of a session as the service has it', () => {
    type Narrowed = 'state' | 'value' | 'reason' | 'qr' | 'pairingCode' | 'phoneNumber';
    type Field = Exclude<keyof domain.Session, Narrowed>;
    expectTypeOf<Keys<client.Session>>().toEqualTypeOf<keyof domain.Session>();
    expectTypeOf<{ [Key in Field]: FieldOf<client.Session, Key> }>().toEqualTypeOf<Pick<domain.Session, Field>>();
    expectTypeOf<FieldOf<client.Session, 'qr'>>().toEqualTypeOf<domain.Session['qr']>();
    expectTypeOf<FieldOf<client.Session, 'pairingCode'>>().toEqualTypeOf<domain.Session['pairingCode']>();
    expectTypeOf<FieldOf<client.Session, 'reason'>>().toEqualTypeOf<domain.Session['reason']>();
    expectTypeOf<keyof Output<typeof sessionResource>>().toEqualTypeOf<keyof domain.Session>();
  });

  it('are those of the other answers', () => {
    expectTypeOf<client.Transition>().toEqualTypeOf<domain.Transition>();
    expectTypeOf<Writable<client.SessionStatus>>().toEqualTypeOf<Output<typeof statusResource>>();
    expectTypeOf<Writable<client.SessionMemory>>().toEqualTypeOf<Output<typeof memoryResource>['items'][number]>();
    expectTypeOf<Writable<client.Problem>>().toEqualTypeOf<Output<typeof problemSchema>>();
    expectTypeOf<client.ProblemCode>().toEqualTypeOf<Output<typeof problemSchema>['code']>();
  });

  it('know every event that can be asked for, and every message that the feed carries', () => {
    expectTypeOf<client.EventType>().toEqualTypeOf<(typeof EVENT_TYPES)[number]>();
    expectTypeOf<client.MessageEvent['type']>().toEqualTypeOf<MessageEventType>();
    expectTypeOf<Writable<client.MessageData>>().toEqualTypeOf<
      Writable<{ [T in MessageEventType]: MessageEventData<T> }>
    >();
    expectTypeOf<Writable<client.MessageRecord>>().toEqualTypeOf<Writable<MessageRecord>>();
  });
});
