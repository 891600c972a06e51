import { afterEach, beforeEach, expect } from 'vitest';
import type { PageItem } from '../../../../../src/domain/message.ts';
import type { CallName, DeviceCalls } from '../../../../../src/whatsapp/device-calls.ts';
import type { LinkedDevice } from '../../../../../src/whatsapp/device.ts';
import type { Phone } from '../../../../whatsapp-web/phone.ts';
import type { PageSettings } from '../../../../whatsapp-web/settings.ts';
import type { Subject } from '../../../contract/driver-environment.ts';
import { EventLog } from '../../../device-events.ts';
import { type ChromiumFixture, createChromiumFixture } from '../../chromium-fixture.ts';

const DEADLINE_MS = 60_000;

/** A linked device on a page of some build, the phone that it is linked to, and what its page has told. */
export interface Linked {
  readonly device: LinkedDevice;
  readonly log: EventLog;
  readonly phone: Phone;
  readonly subject: Subject;
  /** Calls the device. */
  ask<Name extends CallName>(name: Name, request: DeviceCalls[Name]['request']): Promise<DeviceCalls[Name]['result']>;
  /** Pulls and confirms until an item of this kind comes, and returns it. Others are kept for later. */
  next<Kind extends PageItem['kind']>(kind: Kind): Promise<Extract<PageItem, { readonly kind: Kind }>>;
}

export interface MessagesFixture {
  readonly chromium: ChromiumFixture;
  open(subject: Subject): Linked;
  /** Links a fresh device on a page of this build. */
  link(settings?: Partial<PageSettings>): Promise<Linked>;
}

/** Real browsers on the test's WhatsApp Web, for the tests of one `describe`; no browser may outlive one. */
export function useMessages(): MessagesFixture {
  let chromium: ChromiumFixture | null = null;
  let subjects = 0;
  const there = (): ChromiumFixture => {
    if (chromium === null) throw new Error('There are browsers only during a test');
    return chromium;
  };
  beforeEach(async () => {
    chromium = await createChromiumFixture();
  });
  afterEach(async () => {
    await there().driver.shutdown(5_000);
    const left = await there().liveBrowsers();
    await there().dispose();
    expect(left, 'browsers left alive').toBe(0);
  });

  const fixture: MessagesFixture = {
    get chromium() {
      return there();
    },
    open(subject) {
      const { driver, web } = there();
      const log = new EventLog(DEADLINE_MS);
      const device = driver.open({
        key: subject.key,
        credentials: driver.credentials(subject.profileDir),
        pairWith: null,
        onEvent: log.push,
      });
      const kept: PageItem[] = [];
      let confirm: number | null = null;
      const ask: Linked['ask'] = (name, request) => device.call(name, request, AbortSignal.timeout(DEADLINE_MS));
      return {
        device,
        log,
        subject,
        ask,
        phone: web.phone(subject.account.phoneNumber, subject.account.displayName ?? undefined),
        async next(kind) {
          const fits = (item: PageItem): item is Extract<PageItem, { readonly kind: typeof kind }> =>
            item.kind === kind;
          await expect
            .poll(
              async () => {
                const pulled = await ask('pull', { confirm, limit: 100 });
                confirm = pulled.upTo;
                kept.push(...pulled.items);
                return kept.some(fits);
              },
              { timeout: DEADLINE_MS },
            )
            .toBe(true);
          const found = kept.find(fits);
          if (found === undefined) throw new Error('It was there a moment ago');
          kept.splice(kept.indexOf(found), 1);
          return found;
        },
      };
    },
    async link(settings = {}) {
      there().web.configure(settings);
      subjects += 1;
      const linked = fixture.open({
        key: `u1/messages-${subjects}`,
        profileDir: there().profileDir(),
        account: { phoneNumber: `521555010${1_000 + subjects}`, displayName: 'Ana' },
      });
      const { qr } = await linked.log.next('qr');
      expect(await there().scan(qr.code, linked.subject)).toEqual({ kind: 'linked' });
      await linked.log.next('ready');
      return linked;
    },
  };
  return fixture;
}

/** Builds on which all of messages works. */
export const WHOLE_BUILDS = ['2026-04', '2026-07', '2026-09'] as const;

/** An id as the service makes it before a send. */
export const waId = (number: number): string => `3EB0${number.toString(16).toUpperCase().padStart(18, '0')}`;
