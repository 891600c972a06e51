import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

import { ApiFixture } from '../api-fixture.ts';
import { EventReader, type Frame } from './event-reader.ts';

export interface FollowedStreams {
  readonly fixture: ApiFixture;
  readonly create: (id: string, sub?: string) => Promise<Response>;
  /** Opens a stream, once the API has heard of all that has happened. Closed after the test. */
  readonly follow: (path?: string, headers?: Record<string, string>, as?: string) => Promise<EventReader>;
}

/** Gives a file's tests an API whose streams they follow: fresh for each test. */
export function useFollowedStreams(): FollowedStreams {
  let opened: ApiFixture | null = null;
  const fixture = (): ApiFixture => {
    if (opened === null) throw new Error('The API is there during tests only');
    return opened;
  };
  const open: EventReader[] = [];
  beforeAll(async () => {
    opened = await ApiFixture.open();
  });
  beforeEach(() => fixture().renew());
  afterEach(() => Promise.all(open.splice(0).map((stream) => stream.close().catch(() => undefined))));
  afterAll(() => fixture().close());
  return {
    get fixture() {
      return fixture();
    },
    create: async (id, sub = 'ana') =>
      fixture().call('POST', '/api/sessions', { as: await fixture().token({ sub }), json: { id } }),
    follow: async (path = '/api/events', headers = {}, as) => {
      await fixture().caughtUp();
      const response = await fixture().call('GET', path, { headers, ...(as !== undefined && { as }) });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.headers.get('cache-control')).toBe('no-store');
      const stream = new EventReader(response);
      open.push(stream);
      return stream;
    },
  };
}

/** Each frame as its event, the session's id and its rev. */
export const names = (frames: readonly Frame[]): string[] =>
  frames.map(({ event, data }) =>
    `${event} ${JSON.stringify(data?.['id'])} ${JSON.stringify(data?.['rev']) ?? ''}`.replaceAll('"', '').trim(),
  );
