/** What the packed client's types say: a wrong line does not compile. */
import type {
  Client,
  ClientEvent,
  LiveSession,
  Problem,
  ProblemCode,
  Session,
  SessionHandle,
  SessionIn,
  SessionMemory,
  SessionState,
  SessionStatus,
  SessionView,
  Transition,
} from 'whatsapp-session-client';

type IsAny<Value> = 0 extends 1 & Value ? true : false;
type Next = { 4: 3; 3: 2; 2: 1; 1: 0; 0: 0 };
/** The platform's own, some of which hold an `any` of their own. */
type Platform = AbortSignal | Response | Blob;
/** Whether it is `any`, or holds one no deeper than so. */
type HasAny<Value, Depth extends keyof Next = 4> =
  IsAny<Value> extends true
    ? true
    : Depth extends 0
      ? false
      : Value extends Platform
        ? false
        : Value extends readonly (infer Item)[]
          ? HasAny<Item, Next[Depth]>
          : Value extends (...args: infer Args) => infer Result
            ? HasAny<Args, Next[Depth]> | HasAny<Awaited<Result>, Next[Depth]>
            : Value extends object
              ? { [Key in keyof Value]-?: HasAny<Value[Key], Next[Depth]> }[keyof Value]
              : false;

type Is<Wanted extends boolean, Found extends Wanted> = [Wanted] extends [Found] ? true : never;
type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

export type Checks = [
  // The check itself finds what it looks for.
  Is<true, IsAny<ReturnType<typeof JSON.parse>>>,
  Is<true, HasAny<{ deep: { value: ReturnType<typeof JSON.parse> } }>>,

  Is<false, HasAny<Session>>,
  Is<false, HasAny<SessionStatus>>,
  Is<false, HasAny<SessionMemory>>,
  Is<false, HasAny<Transition>>,
  Is<false, HasAny<Problem>>,
  Is<false, HasAny<ClientEvent>>,
  Is<false, HasAny<SessionView>>,
  Is<false, HasAny<SessionHandle>>,
  Is<false, HasAny<Client>>,
  Is<false, HasAny<LiveSession>>,

  Is<true, Equal<Extract<Session, { qr: unknown }>['state'], 'waiting_qr'>>,
  Is<false, 'qr' extends keyof SessionIn<'ready'> ? true : false>,
  Is<true, Equal<SessionIn<'ready'>['phoneNumber'], string>>,
  Is<true, Equal<SessionIn<'failed'>['phoneNumber'], string | null>>,
  Is<true, Equal<Session['state'], SessionState>>,
  Is<true, Equal<SessionView['status'], SessionState | 'loading' | 'absent' | 'refused'>>,
  Is<true, Equal<Awaited<ReturnType<SessionHandle['status']>>, SessionStatus>>,
  Is<true, Equal<SessionStatus['qrAvailable'], boolean>>,
  Is<true, Equal<Extract<ProblemCode, 'POOL_FULL'>, 'POOL_FULL'>>,
];
