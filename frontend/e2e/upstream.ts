import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from 'node:http';

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

/** The service on the other side: records every call and, unless told otherwise, answers with what it got. */
export class Upstream {
  readonly calls: Recorded[] = [];
  private behaviour: Behaviour = {};

  private constructor(
    private readonly http: HttpServer,
    readonly url: string,
  ) {}

  static async start(): Promise<Upstream> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const address = http.address();
    if (!address || typeof address !== 'object') throw new Error('the upstream has no port');
    const upstream = new Upstream(http, `http://127.0.0.1:${address.port}`);
    http.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const call: Recorded = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      upstream.calls.push(call);
      const { only = call.path } = upstream.behaviour;
      const { status = 200, body, headers = {}, delayMs = 0, reset = false } = only === call.path ? upstream.behaviour : {};
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (reset) {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body ?? { method: call.method, path: call.path, body: parsed(call.body) }));
    });
    return upstream;
  }

  /** Sets how the following calls are answered; without an argument, back to the echo. */
  behave(behaviour: Behaviour = {}): void {
    this.behaviour = behaviour;
  }

  /** Forgets the calls and goes back to the echo: every test starts from here. */
  clear(): void {
    this.calls.length = 0;
    this.behaviour = {};
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
