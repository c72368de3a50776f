import { createOwner, expect, test as base } from '../harness.ts';
import { Server } from '../server.ts';
import type { APIRequestContext, BrowserContext, Page } from '@playwright/test';
import { OIDC, writeConnector } from './connector.ts';
import { APP, OpenId } from './provider.ts';

interface WorkerFixtures {
  vendor: OpenId;
  /** A server that knows the vendor, with an owner. */
  home: Server;
  owner: Awaited<ReturnType<APIRequestContext['storageState']>>;
}

interface TestFixtures {
  /** A browser of the owner. */
  browserOfOwner: BrowserContext;
  desk: Page;
  calls: APIRequestContext;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  vendor: [
    async ({}, use) => {
      const vendor = await OpenId.start();
      await use(vendor);
      await vendor.stop();
    },
    { scope: 'worker' },
  ],
  home: [
    async ({ vendor }, use) => {
      const server = await Server.start({}, (data) => writeConnector(data, vendor.issuer));
      vendor.register(`${server.url}/oauth/callback`);
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  owner: [
    async ({ playwright, home }, use) => {
      const request = await playwright.request.newContext({ baseURL: home.url, extraHTTPHeaders: { Origin: home.url } });
      await createOwner(request, home);
      await use(await request.storageState());
      await request.dispose();
    },
    { scope: 'worker' },
  ],
  browserOfOwner: async ({ browser, home, owner }, use) => {
    const context = await browser.newContext({ baseURL: home.url, storageState: owner });
    await use(context);
    await context.close();
  },
  desk: async ({ browserOfOwner }, use) => {
    await use(await browserOfOwner.newPage());
  },
  calls: async ({ playwright, home, owner }, use) => {
    const request = await playwright.request.newContext({
      baseURL: home.url,
      storageState: owner,
      extraHTTPHeaders: { Origin: home.url },
    });
    await use(request);
    await request.dispose();
  },
});

/** Registers the app as an owner would, by the API. */
export async function registerApp(calls: APIRequestContext): Promise<void> {
  const data = { client_id: APP.id, client_secret: APP.secret };
  const answer = await calls.put(`/api/v1/apps/${OIDC}`, { data });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** Opens the form for a new connection of the vendor. */
export async function openForm(page: Page): Promise<void> {
  await page.goto('/connections');
  await page.getByRole('button', { name: 'Add connection' }).first().click();
  await page.getByRole('searchbox', { name: 'Search services' }).fill('orderly');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Connect Orderly' })).toBeVisible();
}

/** Presses a button that opens the vendor's window. */
export async function press(page: Page, name: string): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name }).click()]);
  await popup.waitForURL(/127\.0\.0\.2/);
  return popup;
}

/** The id in the address of a connection's page. */
export async function connectionOf(page: Page): Promise<string> {
  await page.waitForURL(/\/connections\/\w+$/);
  return page.url().split('/').at(-1) ?? '';
}

/** A connection as the API shows it. */
export async function connection(calls: APIRequestContext, id: string) {
  const answer = await calls.get(`/api/v1/connections/${id}`);
  expect(answer.status()).toBe(200);
  return (await answer.json()).connection as { label: string; status: string; account?: string; scopes: string[]; refreshed_at?: number };
}

export { expect } from '../harness.ts';
