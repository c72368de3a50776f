import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { Provider } from 'oidc-provider';

/** The app that is registered at the provider. */
export const APP = { id: 'patchbay-e2e', secret: 'orderly-app-secret-0123456789' };

/** The host of the provider: another one than the server's, so that the browser counts it as another site. */
const HOST = '127.0.0.2';

/** What the provider has answered at its token endpoint. */
interface Granted {
  kind: string;
  refreshToken?: string;
}

/** A certified OpenID provider (npm `oidc-provider`) on this machine, with its own pages for signing in and agreeing. */
export class OpenId {
  /** Seconds that an access token lives from now on. */
  accessTtl = 3600;
  /** Successful answers of the token endpoint. */
  readonly granted: Granted[] = [];
  /** Requests that were refused at the token endpoint. */
  readonly refused: string[] = [];
  /** Grants that were taken back: by a person, or because a used refresh token came again. */
  revoked = 0;
  private readonly http: HttpServer;

  private constructor(http: HttpServer) {
    this.http = http;
  }

  /** Listens, and has no app yet: the server's address is not known. */
  static async start(): Promise<OpenId> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, HOST, resolve));
    return new OpenId(http);
  }

  get issuer(): string {
    return `http://${HOST}:${(this.http.address() as AddressInfo).port}`;
  }

  /** Registers the app. */
  register(redirect: string): void {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: APP.id,
          client_secret: APP.secret,
          redirect_uris: [redirect],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      scopes: ['openid', 'offline_access', 'profile', 'orders'],
      pkce: { required: () => true },
      rotateRefreshToken: true,
      ttl: { AccessToken: () => this.accessTtl, Grant: 86_400, Session: 86_400, Interaction: 600, IdToken: 3600, RefreshToken: 86_400 },
      features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
      cookies: { keys: ['only for tests'] },
    });
    provider.on('grant.success', (ctx) => {
      const body = ctx.body as { refresh_token?: string };
      this.granted.push({ kind: String(ctx.oidc.params?.grant_type), refreshToken: body.refresh_token });
    });
    provider.on('grant.error', (_, error) => this.refused.push(error.message));
    provider.on('grant.revoked', () => (this.revoked += 1));
    this.http.on('request', provider.callback());
  }

  /** How often tokens were renewed. */
  get renewals(): number {
    return this.granted.filter((granted) => granted.kind === 'refresh_token').length;
  }

  /** Takes the newest grant back, as a person would on the provider's own pages. */
  async revoke(): Promise<void> {
    const token = this.granted.at(-1)?.refreshToken;
    const body = new URLSearchParams({ token: token ?? '', client_id: APP.id, client_secret: APP.secret });
    const answer = await fetch(`${this.issuer}/token/revocation`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`revocation answered ${answer.status}: ${await answer.text()}`);
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}

/** Signs in on the provider's page. */
export async function signIn(page: Page, account: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(account);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

/** Signs in and agrees. */
export async function agree(page: Page, account: string): Promise<void> {
  await signIn(page, account);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Says no. */
export async function deny(page: Page): Promise<void> {
  await page.getByRole('link', { name: /Cancel/ }).click();
}
