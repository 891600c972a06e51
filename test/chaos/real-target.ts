import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Session } from '../../src/domain/session.ts';
import { renderersOf } from './processes.ts';
import { codeOf, Linked, type RealFixture } from './real-fixture.ts';
import { USER } from './chaos-fixture.ts';
import { type FaultCase, Target } from './target.ts';

const BACK: readonly (readonly string[])[] = [['reconnecting', 'ready.online']];
const FLAP_MS = 3_000;

const FAULTS = [
  { name: 'kill_browser', ways: BACK },
  { name: 'kill_renderer', ways: BACK },
  { name: 'freeze_browser', ways: BACK },
  { name: 'hang', ways: BACK },
  { name: 'blank', ways: BACK },
  { name: 'network_flap', ways: [['ready.unstable', 'ready.online'], ...BACK] },
  { name: 'refused_twice', ways: BACK },
  { name: 'conflict', ways: [...BACK, ['failed.parked']] },
  { name: 'logout', ways: [['disconnected.logged_out']] },
  { name: 'stop', ways: [['disconnected.stopped']] },
  { name: 'restart', ways: [['disconnected', 'ready.online']] },
  { name: 'message', ways: [] },
] as const satisfies readonly FaultCase[];

type FaultName = (typeof FAULTS)[number]['name'];
export const REAL_FAULTS: readonly FaultCase[] = FAULTS;

/** A session in a real browser. */
export class RealTarget extends Target {
  readonly #fixture: RealFixture;
  readonly #linked: Linked;

  constructor(fixture: RealFixture, id: string, number: string) {
    super(fixture.chaos, USER, id);
    this.#fixture = fixture;
    this.#linked = new Linked(fixture, id, fixture.web.phone(number, 'Ada'));
  }

  async inject(fault: FaultName, signal: AbortSignal): Promise<void> {
    const { web } = this.#fixture;
    const { page, phone, browser } = this.#linked;
    switch (fault) {
      case 'kill_browser':
        return void process.kill(browser.pid, 'SIGKILL');
      case 'freeze_browser':
        return void process.kill(browser.pid, 'SIGSTOP');
      case 'refused_twice':
        web.script({ kind: 'refuses', status: 503 }, { profile: basename(browser.userDataDir ?? ''), times: 2 });
        return this.#killRenderers(browser.pid);
      case 'kill_renderer':
        return this.#killRenderers(browser.pid);
      case 'hang':
        return page.misbehave({ kind: 'hang', busy: false });
      case 'blank':
        return page.misbehave({ kind: 'blank' });
      case 'network_flap':
        web.networkDown(browser.pid);
        await delay(FLAP_MS);
        return web.networkUp(browser.pid);
      case 'conflict':
        return page.setState('CONFLICT');
      case 'logout':
        return phone.logout();
      case 'message': {
        const { body } = phone.receives({ from: '491700000099', text: `${this.key} ${randomUUID()}` });
        return void (await this.chaos.watcher.hears(body, signal));
      }
      case 'stop':
      case 'restart':
        return this.insist(fault);
    }
  }

  async clearObstacles(): Promise<void> {
    // A refusal is used up by the next loads, and a network is back already.
  }

  async scan(session: Session): Promise<void> {
    await this.#linked.phone.scan(codeOf(session));
  }

  #killRenderers(browserPid: number): void {
    for (const renderer of renderersOf(browserPid)) process.kill(renderer, 'SIGKILL');
  }
}
