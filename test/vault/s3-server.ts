import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Few, so that every listing has several pages. */
const KEYS_A_PAGE = 2;

/** What the next request of a method meets. `lost`: it is done, and its answer never comes. */
export type Trouble = { readonly method: string; readonly kind: 'unavailable' | 'lost' | 'denied' };

interface Answering {
  writeHead(status: number, headers?: Record<string, string | number>): Answering;
  end(body?: string | Buffer): unknown;
}

export interface S3Server {
  readonly url: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly objects: Map<string, Buffer>;
  /** Happens to this many requests to come. */
  meet(trouble: Trouble, times: number): void;
  clear(): void;
  stop(): Promise<void>;
}

/**
 * Simulates S3: one bucket in the path, signatures checked (version 4), objects put, read, deleted and listed in pages, and
 * conditions on puts checked in the same step. What it has not been taught it answers with 501.
 */
export async function startS3Server(): Promise<S3Server> {
  const [bucket, region, accessKeyId, secretAccessKey] = [
    'archives',
    'eu-test-1',
    'AKIATEST',
    'the secret of the tests',
  ];
  const objects = new Map<string, Buffer>();
  const troubles: Trouble[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const trouble = troubles.findIndex(({ method }) => method === request.method);
    const [met] = trouble === -1 ? [] : troubles.splice(trouble, 1);
    if (met?.kind === 'unavailable') return fail(response, 503, 'SlowDown');
    if (met?.kind === 'denied' || !isSigned(request, url, body, region, accessKeyId, secretAccessKey))
      return fail(response, 403, 'SignatureDoesNotMatch');
    if (met?.kind === 'lost') {
      answer(request, SINK, url, body);
      return void request.socket.destroy();
    }
    answer(request, response, url, body);
  };
  const answer = (request: IncomingMessage, response: Answering, url: URL, body: Buffer): void => {
    const [, named = '', ...path] = url.pathname.split('/').map(decodeURIComponent);
    const key = path.join('/');
    const stored = objects.get(key);
    if (named !== bucket) return fail(response, 404, 'NoSuchBucket');
    if (request.method === 'GET' && key === '')
      return void response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(listing(objects, url.searchParams));
    if (request.method === 'GET') {
      if (stored === undefined) return fail(response, 404, 'NoSuchKey');
      return void response.writeHead(200, { etag: etagOf(stored), 'content-length': stored.length }).end(stored);
    }
    if (request.method === 'DELETE') {
      objects.delete(key);
      return void response.writeHead(204).end();
    }
    if (request.method !== 'PUT') return fail(response, 501, 'NotImplemented');
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
    if (ifMatch !== undefined && stored === undefined) return fail(response, 404, 'NoSuchKey');
    if (
      (ifNoneMatch === '*' && stored !== undefined) ||
      (ifMatch !== undefined && stored !== undefined && ifMatch !== etagOf(stored))
    )
      return fail(response, 412, 'PreconditionFailed');
    objects.set(key, body);
    response.writeHead(200, { etag: etagOf(body) }).end();
  };
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    bucket,
    region,
    accessKeyId,
    secretAccessKey,
    objects,
    meet: (trouble, times) => void troubles.push(...Array.from({ length: times }, () => trouble)),
    clear: () => {
      objects.clear();
      troubles.length = 0;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Hears an answer that nobody gets. */
const SINK: Answering = { writeHead: () => SINK, end: () => undefined };

const etagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`;
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function fail(response: Answering, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function listing(objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string {
  const [prefix, delimiter, after] = [
    query.get('prefix') ?? '',
    query.get('delimiter') ?? '',
    query.get('continuation-token') ?? '',
  ];
  const nameOf = (key: string): string => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end === -1 ? key : key.slice(0, end + 1);
  };
  const names = [...new Set([...objects.keys()].filter((key) => key.startsWith(prefix)).map(nameOf))]
    .sort()
    .filter((name) => name > after);
  const page = names.slice(0, KEYS_A_PAGE);
  const items = page.map((name) =>
    objects.has(name)
      ? `<Contents><Key>${escaped(name)}</Key></Contents>`
      : `<CommonPrefixes><Prefix>${escaped(name)}</Prefix></CommonPrefixes>`,
  );
  const next =
    names.length > page.length
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>`
      : '';
  return `<?xml version="1.0"?><ListBucketResult>${items.join('')}${next}</ListBucketResult>`;
}

/** Signature version 4, made anew from the secret as the documentation of AWS has it. */
function isSigned(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  region: string,
  accessKeyId: string,
  secret: string,
): boolean {
  const parts =
    /Credential=(?<id>[^/]+)\/(?<scope>[^,]+), ?SignedHeaders=(?<names>[^,]+), ?Signature=(?<signature>[0-9a-f]+)/.exec(
      request.headers.authorization ?? '',
    )?.groups;
  if (parts === undefined || parts['id'] !== accessKeyId) return false;
  const { scope = '', names = '', signature } = parts;
  const sent = String(request.headers['x-amz-content-sha256']);
  if (sent !== 'UNSIGNED-PAYLOAD' && sent !== createHash('sha256').update(body).digest('hex')) return false;
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const query = [...url.searchParams].map((pair) => pair.map(encodeRfc3986).join('=')).sort();
  const canonical = [request.method, url.pathname, query.join('&'), headers.join(''), names, sent].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    String(request.headers['x-amz-date']),
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const [date = ''] = scope.split('/');
  const key = [date, region, 's3', 'aws4_request'].reduce<Buffer | string>(
    (made, text) => createHmac('sha256', made).update(text).digest(),
    `AWS4${secret}`,
  );
  return createHmac('sha256', key).update(toSign).digest('hex') === signature;
}

const encodeRfc3986 = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
