import { basename } from 'node:path';

import { renderersOf } from './processes.ts';
import type { Fault } from './recovery.ts';

function killRenderers({ pid }: { readonly pid: number }): void {
  const renderers = renderersOf(pid);
  if (renderers.length === 0) throw new Error(`Browser ${pid} renders nothing.`);
  for (const renderer of renderers) process.kill(renderer, 'SIGKILL');
}

export const KILLED_BROWSER: Fault = {
  fault: 'kill -9 of a browser',
  outcome: 'reconnects on the same login, without a scan',
  inject: (faulty) => void process.kill(faulty.browser.pid, 'SIGKILL'),
  path: ['reconnecting', 'reconnecting.attempting', 'ready.online'],
  reason: 'browser_crashed',
};

export const KILLED_RENDERER: Fault = {
  fault: 'kill -9 of a browser’s renderer',
  outcome: 'the rest of the browser is closed, then as above',
  inject: (faulty) => killRenderers(faulty.browser),
  path: ['reconnecting', 'reconnecting.attempting', 'ready.online'],
  reason: 'page_crashed',
};

/** What takes longer to be noticed, or to pass. */
export const SLOWER_FAULTS: readonly Fault[] = [
  {
    fault: 'SIGSTOP of a browser',
    outcome: 'three probes are missed, it is killed as a group and replaced',
    inject: (faulty) => void process.kill(faulty.browser.pid, 'SIGSTOP'),
    path: ['ready.unstable', 'reconnecting', 'ready.online'],
    reason: 'page_unresponsive',
  },
  {
    fault: 'a page that hangs',
    outcome: 'three probes are missed, the browser is replaced',
    inject: (faulty) => faulty.page.misbehave({ kind: 'hang', busy: false }),
    path: ['ready.unstable', 'reconnecting', 'ready.online'],
    reason: 'page_unresponsive',
  },
  {
    fault: 'a page that hangs and burns its core',
    outcome: 'the same',
    inject: (faulty) => faulty.page.misbehave({ kind: 'hang', busy: true }),
    path: ['ready.unstable', 'reconnecting', 'ready.online'],
    reason: 'page_unresponsive',
  },
  {
    fault: 'a page that turns blank',
    outcome: 'noticed as it leaves, the browser is replaced',
    inject: (faulty) => faulty.page.misbehave({ kind: 'blank' }),
    path: ['reconnecting', 'ready.online'],
    reason: 'page_crashed',
  },
  {
    fault: 'WhatsApp Web answers 503 twice while a session reconnects',
    outcome: 'waits a little longer each time, then is ready',
    inject: (faulty, { web }) => {
      const { browser } = faulty;
      web.script({ kind: 'refuses', status: 503 }, { profile: basename(browser.userDataDir ?? ''), times: 2 });
      killRenderers(browser);
    },
    path: [
      'reconnecting.attempting',
      'reconnecting.backoff',
      'reconnecting.attempting',
      'reconnecting.backoff',
      'reconnecting.attempting',
      'ready.online',
    ],
    reason: 'network',
  },
  {
    fault: 'the account is opened elsewhere',
    outcome: 'holds back, then takes it over, once',
    inject: (faulty) => faulty.page.setState('CONFLICT'),
    path: ['reconnecting', 'ready.online'],
    reason: 'conflict',
  },
  {
    fault: 'the account is opened elsewhere, and once more after it was taken over',
    outcome: '`failed` with `conflict`: a person decides, the login is kept',
    inject: async (faulty, { chaos }) => {
      const { rev } = faulty;
      faulty.page.setState('CONFLICT');
      await chaos.watcher.passes(faulty.key, ['reconnecting', 'ready.online'], rev);
      faulty.page.setState('CONFLICT');
    },
    path: ['reconnecting', 'ready.online', 'failed.parked'],
    reason: 'conflict',
  },
  {
    fault: 'logged out on the phone',
    outcome: '`disconnected` with `logged_out`: the browser is given back, the login erased',
    inject: (faulty) => faulty.phone.logout(),
    path: ['disconnected.logging_out', 'disconnected.logged_out'],
    reason: 'logged_out',
  },
];
