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

const BLOWS = [
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

type BlowName = (typeof BLOWS)[number]['name'];
export const REAL_FAULTS: readonly FaultCase[] = BLOWS;

/** A session in a real browser. */
export class RealTarget extends Target {
  readonly #world: RealFixture;
  readonly #linked: Linked;

  constructor(world: RealFixture, id: string, number: string) {
    super(world.ground, USER, id);
    this.#world = world;
    this.#linked = new Linked(world, id, world.web.phone(number, 'Ada'));
  }

  async strike(blow: BlowName, signal: AbortSignal): Promise<void> {
    const { web } = this.#world;
    const { page, phone, browser } = this.#linked;
    switch (blow) {
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
        return void (await this.ground.watcher.hears(body, signal));
      }
      case 'stop':
      case 'restart':
        return this.insist(blow);
    }
  }

  async comfort(): Promise<void> {
    // A refusal is used up by the next loads, and a network is back already.
  }

  async scan(session: Session): Promise<void> {
    await this.#linked.phone.scan(codeOf(session));
  }

  #killRenderers(browserPid: number): void {
    for (const renderer of renderersOf(browserPid)) process.kill(renderer, 'SIGKILL');
  }
}
