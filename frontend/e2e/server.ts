import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_MS = 30_000;
const STOP_MS = 12_000;

/** The real binary on a free port, with a data folder of its own. */
export class Server {
  private constructor(
    readonly url: string,
    private process: ChildProcess,
    private readonly folder: string,
    private readonly said: string[],
    private readonly begin: () => ChildProcess,
  ) {}

  /** `prepare` may put files into the data folder before the server reads it. */
  static async start(
    environment: Record<string, string> = {},
    prepare: (data: string) => Promise<void> = async () => {},
  ): Promise<Server> {
    const binary = process.env.PATCHBAY_BIN;
    if (!binary) throw new Error('PATCHBAY_BIN is not set: run the tests with `cargo xtask test --only browser`');
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
    const data = join(folder, 'data');
    await prepare(data);
    const port = await freePort();
    const said: string[] = [];
    const begin = () => {
      const child = spawn(binary, ['serve'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          PATCHBAY_BIND: `127.0.0.1:${port}`,
          PATCHBAY_DATA_DIR: data,
          // The upstream of the tests listens on this machine.
          PATCHBAY_EGRESS_ALLOW: '127.0.0.0/8',
          ...environment,
        },
      });
      child.stdout?.on('data', (chunk) => said.push(String(chunk)));
      child.stderr?.on('data', (chunk) => said.push(String(chunk)));
      return child;
    };
    const server = new Server(`http://127.0.0.1:${port}`, begin(), folder, said, begin);
    await server.untilHealthy();
    return server;
  }

  /** The one-time token that the setup page asks for; printed at start while there is no owner. */
  setupToken(): string {
    const found = /^Setup token: (\S+)/m.exec(this.output());
    if (!found) throw new Error(`the server printed no setup token:\n${this.output()}`);
    return found[1];
  }

  /** Everything the server has printed. */
  output(): string {
    return this.said.join('');
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Ends it and starts it again over the same data; `meanwhile` happens while nobody answers. */
  async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.end();
    await meanwhile();
    this.process = this.begin();
    await this.untilHealthy();
  }

  private async end(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    if (this.process.exitCode === null) {
      this.process.kill('SIGTERM');
      const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    }
  }

  private async untilHealthy(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline) {
      if (this.process.exitCode !== null) {
        throw new Error(`the server ended with ${this.process.exitCode}:\n${this.output()}`);
      }
      const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    this.process.kill('SIGKILL');
    throw new Error(`the server did not answer within ${START_MS} ms:\n${this.output()}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
