import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a proxy asks of who comes. */
export interface TestProxyOptions {
  /** `null`: anybody may come. */
  readonly user?: { readonly name: string; readonly password: string } | null;
  /** Where it leads instead of where it was asked to. */
  readonly leadTo?: (host: string, port: number) => { readonly host: string; readonly port: number };
}

/** A proxy of the test's own, on loopback: HTTP's CONNECT or SOCKS5. */
export class TestProxy {
  readonly kind: 'http' | 'socks5';
  /** Where it was asked to lead, in order: `host:port`. */
  readonly asked: string[] = [];
  /** How often somebody came without the right user and password. */
  refused = 0;
  /** What it answers CONNECT with instead; `null`: a connection. */
  status: number | null = null;
  user: TestProxyOptions['user'];
  readonly #leadTo: NonNullable<TestProxyOptions['leadTo']>;
  readonly #server: Server | HttpServer;
  readonly #sockets = new Set<Duplex>();

  private constructor(kind: TestProxy['kind'], { user = null, leadTo }: TestProxyOptions) {
    this.kind = kind;
    this.user = user;
    this.#leadTo = leadTo ?? ((host, port) => ({ host, port }));
    this.#server = kind === 'http' ? this.#httpServer() : createServer((socket) => void this.#socks(socket));
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
  }

  static async start(kind: TestProxy['kind'], options: TestProxyOptions = {}): Promise<TestProxy> {
    const proxy = new TestProxy(kind, options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** With its user and password. */
  get url(): string {
    const { user } = this;
    const before = user ? `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@` : '';
    return `${this.kind}://${before}127.0.0.1:${this.port}`;
  }

  /** Breaks every connection there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #httpServer(): HttpServer {
    return createHttpServer((_request, response) => response.writeHead(405).end()).on(
      'connect',
      (request, socket, head) => {
        const { name, password } = this.user ?? { name: '', password: '' };
        const basic = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
        if (this.user && request.headers['proxy-authorization'] !== basic) {
          this.refused += 1;
          socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
          return;
        }
        if (this.status !== null) {
          socket.end(`HTTP/1.1 ${this.status} No\r\n\r\n`);
          return;
        }
        const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? [];
        const through = this.#lead(socket, host, Number(port));
        through.once('connect', () => {
          socket.write('HTTP/1.1 200 OK\r\nVia: a test\r\n\r\n');
          through.write(head);
        });
      },
    );
  }

  async #socks(socket: Socket): Promise<void> {
    const read = async (count: number): Promise<Buffer> => {
      for (;;) {
        const chunk = socket.read(count) as Buffer | null;
        if (chunk !== null) return chunk;
        await once(socket, 'readable');
      }
    };
    try {
      const [, methods = 0] = await read(2);
      await read(methods);
      socket.write(Buffer.from([5, this.user ? 2 : 0]));
      if (this.user) {
        const [, nameLength = 0] = await read(2);
        const name = (await read(nameLength)).toString();
        const [passwordLength = 0] = await read(1);
        const password = (await read(passwordLength)).toString();
        const isRight = name === this.user.name && password === this.user.password;
        socket.write(Buffer.from([1, isRight ? 0 : 1]));
        if (!isRight) {
          this.refused += 1;
          return void socket.end();
        }
      }
      const [, , , kind = 0] = await read(4);
      const host =
        kind === 3
          ? (await read((await read(1))[0] ?? 0)).toString()
          : [...(await read(kind === 1 ? 4 : 16))].join('.');
      const port = (await read(2)).readUInt16BE();
      const through = this.#lead(socket, host, port);
      through.once('connect', () => socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])));
    } catch {
      socket.destroy();
    }
  }

  #lead(from: Duplex, host: string, port: number): Socket {
    this.asked.push(`${host}:${port}`);
    const through = connect(this.#leadTo(host, port));
    this.#keep(through);
    from.pipe(through);
    through.pipe(from);
    through.once('close', () => from.destroy());
    from.once('close', () => through.destroy());
    return through;
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
  }
}
