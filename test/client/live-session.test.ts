import { describe, expect, it, onTestFinished } from 'vitest';

import { createLiveSession, type Client, type LiveSession, type SessionView } from '../../src/client/index.ts';
import { useTestService } from '../test-kit/service.ts';

const service = useTestService();
const timing = { random: () => 0 };

/** A live session that somebody looks at, and all that it has shown. */
function watch(
  client: Client,
  id = 'sales',
): { live: LiveSession; seen: SessionView[]; until: (is: (view: SessionView) => boolean) => Promise<SessionView> } {
  const live = createLiveSession(client, id);
  const seen: SessionView[] = [live.getSnapshot()];
  let wake = (): void => undefined;
  const leave = live.subscribe(() => {
    seen.push(live.getSnapshot());
    wake();
  });
  onTestFinished(leave);
  const until = async (is: (view: SessionView) => boolean): Promise<SessionView> => {
    for (let index = seen.length - 1; ; index += 1) {
      for (; index >= seen.length; await new Promise<void>((resolve) => (wake = resolve)));
      const view = seen[index];
      if (view !== undefined && is(view)) return view;
    }
  };
  return { live, seen, until };
}
const isLive = (status: SessionView['status']) => (view: SessionView) =>
  view.status === status && view.connection === 'live';
const statuses = (seen: readonly SessionView[]): string[] =>
  seen.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1]);

describe('A live session', () => {
  it('is loading, finds that there is none, and shows the one that it makes until it is linked', async () => {
    const { live, seen, until } = watch(service().client('absent'));
    await until(isLive('absent'));
    await live.actions.start();
    await until(isLive('waiting_qr'));
    await service().phone('sales', 'absent').scan();
    await until(isLive('ready'));
    expect(statuses(seen)).toEqual([
      'loading',
      'absent',
      'disconnected',
      'authenticating',
      'waiting_qr',
      'authenticating',
      'ready',
    ]);
  });

  it('stops and logs out', async () => {
    await service().bring('sales', 'ready', 'actions');
    const { live, until } = watch(service().client('actions'));
    await until(isLive('ready'));
    await live.actions.stop();
    expect(
      await until((view) => view.status === 'disconnected' && view.session.value === 'disconnected.stopped'),
    ).toMatchObject({ session: { reason: 'stopped' } });
    await live.actions.logout();
    await until((view) => view.status === 'disconnected' && view.session.reason === 'logged_out');
  });

  it('asks for a pairing code, of a session that is not there yet as well', async () => {
    const { live, until } = watch(service().client('pair'));
    await until(isLive('absent'));
    await live.actions.pairWith('5215550004444');
    await until((view) => view.status === 'waiting_qr' && view.session.pairingCode?.phoneNumber === '5215550004444');
    await live.actions.pairWith('5215550005555');
    await until((view) => view.status === 'waiting_qr' && view.session.pairingCode?.phoneNumber === '5215550005555');
  });

  it('tries a failed session again when it is started', async () => {
    await service().bring('sales', 'failed', 'failed');
    const { live, until } = watch(service().client('failed'));
    expect(await until(isLive('failed'))).toMatchObject({ session: { desired: 'running' } });
    await live.actions.start();
    await until(isLive('ready'));
  });

  it('shows what it knows as lost while the service restarts, and never a QR', async () => {
    await service().bring('sales', 'ready', 'restart');
    const { seen, until } = watch(service().client('restart', { timing }));
    await until(isLive('ready'));
    const restarted = service().restart('SIGKILL');
    await until(({ connection }) => connection === 'lost');
    await restarted;
    await until(isLive('ready'));
    expect(statuses(seen)).not.toContain('waiting_qr');
    expect(statuses(seen).lastIndexOf('loading')).toBe(0);
  });

  it('goes on with a fresh token when its own expires, without a change that could be seen', async () => {
    await service().bring('sales', 'ready', 'expiry');
    let asked = 0;
    const token = (): Promise<string> => service().token('expiry', { expiresInSeconds: (asked += 1) === 1 ? 2 : 600 });
    const { seen, until } = watch(service().client('expiry', { token, timing }));
    await until(isLive('ready'));
    await until(({ connection }) => connection === 'lost');
    await until(isLive('ready'));
    expect(statuses(seen)).toEqual(['loading', 'ready']);
    expect(asked).toBe(2);
  });

  it('says that it is refused when no token helps, and comes back when one does', async () => {
    await service().bring('sales', 'ready', 'refused');
    let isSignedIn = false;
    const { until } = watch(
      service().client('refused', { token: async () => (isSignedIn ? service().token('refused') : 'none') }),
    );
    expect(await until(({ status }) => status === 'refused')).toMatchObject({
      error: { code: 'UNAUTHENTICATED', status: 401 },
    });
    isSignedIn = true;
    await until(isLive('ready'));
  });

  it('sees its session deleted and made anew', async () => {
    await service().bring('sales', 'waiting_qr', 'deleted');
    const { sessions } = service().client('deleted');
    const { until } = watch(service().client('deleted'));
    await until(isLive('waiting_qr'));
    await sessions.remove('sales');
    await until(isLive('absent'));
    await sessions.ensure('sales');
    await until(isLive('waiting_qr'));
  });

  it('sends nothing before somebody listens', () => {
    let sent = 0;
    const send: typeof fetch = () => {
      sent += 1;
      return Promise.reject(new Error('no network'));
    };
    const live = createLiveSession(service().client('quiet', { fetch: send }), 'sales');
    expect(live.getSnapshot()).toEqual({ status: 'loading', connection: 'connecting' });
    expect(sent).toBe(0);
  });
});
