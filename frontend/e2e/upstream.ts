import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that reached the upstream. */
export interface Recorded {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What the next calls get; `delayMs` holds the answer back, `reset` cuts the connection instead. */
export interface Behaviour {
  /** Calls of this path alone; the others get the echo. */
  only?: string;
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  delayMs?: number;
  reset?: boolean;
}

/** The other side of a test: what its workflows called, and how they are answered (unless told otherwise, with what came). */
export class Upstream {
  readonly calls: Recorded[] = [];
  behaviour: Behaviour = {};

  constructor(readonly url: string) {}

  /** Sets how the following calls are answered; without an argument, back to the echo. */
  behave(behaviour: Behaviour = {}): void {
    this.behaviour = behaviour;
  }

  /** Forgets the calls and goes back to the echo. */
  clear(): void {
    this.calls.length = 0;
    this.behaviour = {};
  }
}

/** One listening server with an address for each test: what an earlier test set going (an alert's message) never reaches a later one. */
export class Upstreams {
  private readonly tests: Upstream[] = [];

  private constructor(private readonly http: HttpServer) {}

  static async start(): Promise<Upstreams> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const upstreams = new Upstreams(http);
    http.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const [, test = '', path = '/'] = /^\/(\d+)(.*)$/.exec(request.url ?? '') ?? [];
      const upstream = upstreams.tests[Number(test)];
      if (!upstream) {
        response.writeHead(404).end();
        return;
      }
      const call: Recorded = { method: request.method ?? '', path, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      upstream.calls.push(call);
      const { only = path } = upstream.behaviour;
      const { status = 200, body, headers = {}, delayMs = 0, reset = false } = only === path ? upstream.behaviour : {};
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (reset) {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body ?? { method: call.method, path, body: parsed(call.body) }));
    });
    return upstreams;
  }

  /** A fresh one: nothing called yet, answers with what it gets. */
  next(): Upstream {
    const { port } = this.http.address() as AddressInfo;
    const upstream = new Upstream(`http://127.0.0.1:${port}/${this.tests.length}`);
    this.tests.push(upstream);
    return upstream;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
