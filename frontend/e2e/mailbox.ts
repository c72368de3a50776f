// @ts-expect-error the package brings no types
import { SMTPServer } from 'smtp-server';
import type { AddressInfo } from 'node:net';

export interface Mail {
  from: string;
  to: string[];
  /** As it came, head and all. */
  text: string;
}

/** A real mail server that keeps what it is sent. */
export class Mailbox {
  readonly mails: Mail[] = [];
  /** Addresses it does not take mail for. */
  readonly unknown = new Set<string>();

  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
  ) {}

  static async start(user: string, password: string): Promise<Mailbox> {
    let mailbox: Mailbox;
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (auth: { username: string; password: string }, _: unknown, done: (error: Error | null, found?: object) => void) =>
        auth.username === user && auth.password === password ? done(null, { user }) : done(new Error('wrong password')),
      onRcptTo: ({ address }: { address: string }, _: unknown, done: (error?: Error) => void) =>
        mailbox.unknown.has(address)
          ? done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
          : done(),
      onData: (stream: NodeJS.ReadableStream, session: any, done: () => void) => {
        let text = '';
        stream.setEncoding('utf8');
        stream.on('data', (chunk) => (text += chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          mailbox.mails.push({ from: mailFrom.address, to: rcptTo.map((one: { address: string }) => one.address), text });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    mailbox = new Mailbox(server, (server.server.address() as AddressInfo).port);
    return mailbox;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
