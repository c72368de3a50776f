import { test as base, expect, type APIRequestContext, type Page } from '@playwright/test';
import { Server } from './server.ts';
import { Upstreams, type Upstream } from './upstream.ts';

export { expect } from '@playwright/test';

/** The owner of every instance that a test starts from. */
export const OWNER = { email: 'owner@example.com', password: 'correct horse battery staple' };

interface WorkerFixtures {
  /** An instance without an owner: shows the setup page. */
  bare: Server;
  /** An instance with [`OWNER`], shared by the tests of a worker. */
  server: Server;
  upstreams: Upstreams;
  /** The session of [`OWNER`] as Playwright keeps it. */
  session: Awaited<ReturnType<APIRequestContext['storageState']>>;
}

interface TestFixtures {
  upstream: Upstream;
  /** A page of a signed-in owner; it fails the test when the page logs an error or throws. */
  signedIn: Page;
  /** The API as the owner's session; writes carry the Origin that the server asks for. */
  api: APIRequestContext;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  bare: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  upstreams: [
    async ({}, use) => {
      const upstreams = await Upstreams.start();
      await use(upstreams);
      await upstreams.stop();
    },
    { scope: 'worker' },
  ],
  session: [
    async ({ playwright, server }, use) => {
      const request = await playwright.request.newContext({ baseURL: server.url, extraHTTPHeaders: { Origin: server.url } });
      await createOwner(request, server);
      await use(await request.storageState());
      await request.dispose();
    },
    { scope: 'worker' },
  ],
  upstream: async ({ upstreams }, use) => use(upstreams.next()),
  api: async ({ playwright, server, session }, use) => {
    const request = await playwright.request.newContext({
      baseURL: server.url,
      storageState: session,
      extraHTTPHeaders: { Origin: server.url },
    });
    await use(request);
    await request.dispose();
  },
  signedIn: async ({ browser, server, session }, use) => {
    const context = await browser.newContext({ baseURL: server.url, storageState: session });
    const page = await context.newPage();
    const complaints = watch(page);
    await page.goto('/workflows');
    await use(page);
    expect(complaints, 'errors in the browser').toEqual([]);
    await context.close();
  },
});

/** Collects what goes wrong inside a page: exceptions, error messages, refused resources. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}

/** Creates [`OWNER`] with the setup token; the request context is signed in afterwards. */
export async function createOwner(request: APIRequestContext, server: Server): Promise<void> {
  const owner = { token: server.setupToken(), name: 'Olive Owner', workspace: 'Acme', ...OWNER };
  const answer = await request.post('/api/v1/setup', { data: owner });
  if (!answer.ok()) throw new Error(`setup answered ${answer.status()}: ${await answer.text()}\n${server.output()}`);
}
