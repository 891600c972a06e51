import { setTimeout as delay } from 'node:timers/promises';

import { onTestFinished } from 'vitest';
import { z } from 'zod';

import { messageRecordSchema, type MessageRecord } from '../../../src/domain/message-record.ts';
import { Listener } from './listener.ts';
import type { Client } from '../../service/client.ts';

const CHATS = Array.from({ length: 8 }, (_, index) => `52155500022${String(index).padStart(2, '0')}`);
const PAGE = z.object({ items: z.array(messageRecordSchema), nextCursor: z.string().nullable() });
const OUT: ReadonlySet<string> = new Set(['sent', 'delivered', 'read']);
const SETTLES_WITHIN_MS = 120_000;

/** The service, as programs reach it, and the phone. */
export interface Sides {
  /** Of a process that answers. Throws while there is none. */
  client(): Client;
  /** Asks about the session until it is answered by a process that reaches its store. */
  insist(method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Somebody writes to the phone. */
  receives(from: string, text: string): void;
  /** What the phone has of what was sent, in its order. `chat`: digits. */
  posted(): readonly { readonly waId: string; readonly chat: string; readonly text: string }[];
}

interface Sent {
  readonly text: string;
  readonly to: string;
  readonly id: string;
}

/** How messages fared, as {@link Traffic.judge} found. */
export interface Verdict {
  readonly out: number;
  readonly in: number;
  /** Promised, and neither at the phone nor told as anything else. */
  readonly lost: readonly string[];
  /** At the phone more than once. */
  readonly doubled: readonly string[];
  /** Said to be out and not at the phone, or at the phone and said not to be; or unknown without a reason. */
  readonly wronglyReported: readonly string[];
  /** In another order than that in which their chat was written to. */
  readonly outOfOrder: readonly string[];
  /** Each that was unknown for so long that a person was asked, and why. */
  readonly unknown: readonly string[];
}

/** Writes to many chats through the API, lets others write to the phone, and says how it all fared. */
export class Traffic {
  readonly #sides: Sides;
  readonly #sent: Sent[] = [];
  readonly #received: { readonly text: string; readonly from: string }[] = [];
  readonly #unknown: string[] = [];
  readonly #listener: Listener;
  #number = 0;

  constructor(sides: Sides) {
    this.#sides = sides;
    this.#listener = new Listener(() => sides.client());
    onTestFinished(() => this.#listener.stop());
  }

  get counts(): { out: number; in: number } {
    return { out: this.#sent.length, in: this.#received.length };
  }

  /** So many out and as many in, spread over the chats. Resolves once those that go out are promised. */
  async run(count: number): Promise<void> {
    const texts = Array.from({ length: count }, () => {
      const number = (this.#number += 1);
      return { text: `text ${number}`, to: CHATS[number % CHATS.length] ?? '' };
    });
    for (const { to } of texts) {
      const text = `answer ${this.#received.length + 1}`;
      this.#received.push({ text, from: to });
      this.#sides.receives(to, text);
    }
    const byChat = new Map(CHATS.map((chat) => [chat, texts.filter(({ to }) => to === chat)]));
    await Promise.all([...byChat.values()].map((some) => this.#send(some)));
  }

  /** One after another, each until it is promised: a chat's order is that of the promises. */
  async #send(texts: readonly { readonly text: string; readonly to: string }[]): Promise<void> {
    for (const { text, to } of texts) {
      // Whoever gets no answer asks again under the same key.
      const answer = await this.#sides.insist('POST', '/messages', { to, text }, { 'idempotency-key': text });
      if (answer.status !== 202) throw new Error(`${text} was answered with ${answer.status} ${await answer.text()}`);
      this.#sent.push({ text, to, id: messageRecordSchema.parse(await answer.json()).id });
    }
  }

  /**
   * Waits until each message has come to its end. What stays unknown, since only another page could tell, is for a
   * person to decide: sent again, under its own id.
   */
  async settle(): Promise<void> {
    const deadline = AbortSignal.timeout(SETTLES_WITHIN_MS);
    for (;;) {
      const open = (await this.#records()).filter(({ status }) => ['queued', 'sending', 'unknown'].includes(status));
      const isHeard = new Set(this.#listener.told.map(({ text }) => text)).size >= this.#received.length;
      if (open.length === 0 && isHeard) return;
      if (deadline.aborted && open.length === 0) return;
      if (deadline.aborted) {
        // Those that wait for others say least.
        const odd = [...open.filter(({ status }) => status !== 'queued'), ...open].slice(0, 3);
        throw new Error(`${open.length} stay open: ${JSON.stringify(odd)}, of a session ${await this.#session()}`);
      }
      for (const { id, status, error } of open) {
        if (status !== 'unknown' || error?.code !== 'UNVERIFIABLE') continue;
        this.#unknown.push(`${id} ${error.code}`);
        await this.#sides.insist('POST', `/messages/${id}/resolve`, { as: 'resend' });
      }
      await delay(100);
    }
  }

  /** Once all is settled. */
  async judge(): Promise<Verdict> {
    const records = new Map((await this.#records()).map((record) => [record.id, record]));
    const posted = this.#sides.posted();
    const at = new Map<string, string[]>();
    for (const { text, waId } of posted) at.set(text, [...(at.get(text) ?? []), waId]);
    const [lost, wronglyReported]: [string[], string[]] = [[], []];
    for (const { text, id } of this.#sent) {
      const record = records.get(id);
      const isThere = at.has(text);
      const isOut = record !== undefined && OUT.has(record.status);
      if (!isThere && (record === undefined || isOut)) lost.push(text);
      if (isThere !== isOut || at.get(text)?.[0] !== record?.waId)
        wronglyReported.push(
          `${text}: ${record?.status ?? 'no record'}, ${isThere ? 'at the phone' : 'not at the phone'}`,
        );
      if (record?.status === 'unknown' && record.error === null)
        wronglyReported.push(`${text}: unknown, and nobody says why`);
    }
    const { told, gaps } = this.#listener;
    const heard = new Map<string, number>();
    for (const { text } of told) heard.set(text, (heard.get(text) ?? 0) + 1);
    return {
      ...this.counts,
      lost: [...lost, ...gaps, ...this.#received.filter(({ text }) => !heard.has(text)).map(({ text }) => text)],
      doubled: [
        ...[...at].filter(([, ids]) => ids.length > 1).map(([text]) => text),
        ...[...heard].filter(([, times]) => times > 1).map(([text]) => text),
      ],
      wronglyReported,
      outOfOrder: [
        ...CHATS.flatMap((chat) =>
          misplaced(
            posted.filter((one) => one.chat === chat),
            this.#sent.filter(({ to }) => to === chat),
          ),
        ),
        ...CHATS.flatMap((chat) =>
          misplaced(
            told.filter(({ from }) => from === chat),
            this.#received.filter(({ from }) => from === chat),
          ),
        ),
      ],
      unknown: this.#unknown,
    };
  }

  async #session(): Promise<string> {
    return (await this.#sides.insist('GET', '')).text();
  }

  async #records(): Promise<readonly MessageRecord[]> {
    const all: MessageRecord[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`;
      const answer = await this.#sides.insist('GET', `/messages?limit=200${more}`);
      const page = PAGE.parse(await answer.json());
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return all;
  }
}

/** Those that stand elsewhere than they were written. */
function misplaced(
  seen: readonly { readonly text: string }[],
  written: readonly { readonly text: string }[],
): readonly string[] {
  const place = new Map(written.map(({ text }, index) => [text, index]));
  return seen.flatMap(({ text }, index) => {
    const before = seen[index - 1];
    return before !== undefined && (place.get(before.text) ?? -1) > (place.get(text) ?? -1) ? [text] : [];
  });
}
