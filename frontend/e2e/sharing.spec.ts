import type { Browser, Page } from '@playwright/test';
import { Editor } from './editor.ts';
import { expect, test, watch } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import type { Server } from './server.ts';
import { Shots } from './shots.ts';
import { definition, from } from './workflows.ts';

const PASSWORD = 'a horse that may build';
const MAY = '<b onclick="x">May</b> \u202eMaker';

interface Colleague {
  page: Page;
  complaints: string[];
}

/** Somebody who joined by an invitation, in a browser of their own. */
async function colleague(browser: Browser, server: Server, invite: string, name: string, email: string): Promise<Colleague> {
  const context = await browser.newContext({ baseURL: server.url });
  const data = { token: invite.split('#')[1], email, name, password: PASSWORD };
  const joined = await context.request.post('/api/v1/invites/accept', { data, headers: { Origin: server.url } });
  expect(joined.status(), await joined.text()).toBe(200);
  const page = await context.newPage();
  return { page, complaints: watch(page) };
}

test('a connection is for chosen people, and others are told whom to ask', async ({ signedIn: page, api, browser, server, upstream }) => {
  test.setTimeout(120_000);
  const shots = new Shots(page);
  const invite = async () => (await (await api.post('/api/v1/invites', { data: { role: 'operator', days: 1 } })).json()).url;
  const may = await colleague(browser, server, await invite(), MAY, 'may@example.com');
  const joe = await colleague(browser, server, await invite(), 'Joe', 'joe@example.com');
  let connection = '';

  await test.step('said while it is connected', async () => {
    await page.goto('/connections');
    await page.getByRole('button', { name: 'Add connection' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('searchbox', { name: 'Search services' }).fill('http');
    await dialog.getByRole('button', { name: /^HTTP/ }).click();
    await dialog.getByRole('radio', { name: /bearer/i }).check();
    await dialog.locator('input[type=password]').first().fill('a-t0ken');
    await dialog.getByLabel('May be sent to').fill(new URL(upstream.url).host);
    await dialog.getByRole('textbox', { name: /^Name/ }).fill('Sales');
    await dialog.getByText('Who may use it').click();
    await dialog.getByRole('radio', { name: /^Only these people/ }).check();
    await expect(dialog.getByText('Nobody else so far.')).toBeVisible();
    await dialog.getByRole('combobox', { name: 'Add somebody' }).selectOption({ label: `${MAY} (may@example.com)` });
    await expect(dialog.getByRole('list', { name: 'People who may use it' })).toContainText('may@example.com');
    await noObstacles(page, 'connecting for some');
    await dialog.getByRole('list', { name: 'People who may use it' }).scrollIntoViewIfNeeded();
    await shots.everyLook('sharing-connect');
    await dialog.getByRole('button', { name: 'Add connection' }).click();
    await expect(page.getByRole('heading', { name: 'Sales' })).toBeVisible();
    connection = page.url().split('/').pop() ?? '';
  });

  const people = page.getByRole('list', { name: 'People who may use it' });
  await test.step('changed on its page, where each press holds at once', async () => {
    await expect(people.getByRole('listitem')).toHaveCount(1);
    await page.getByRole('combobox', { name: 'Add somebody' }).selectOption({ label: 'Joe (joe@example.com)' });
    await expect(people.getByRole('listitem')).toHaveCount(2);
    await expect(page.getByText('Everyone who makes workflows here is on the list.')).toBeVisible();
    await people.getByRole('button', { name: 'Take “Joe” out' }).click();
    await expect(people.getByRole('listitem')).toHaveCount(1);
    await page.getByRole('heading', { name: 'Who may use it' }).scrollIntoViewIfNeeded();
    await noObstacles(page, 'who may use it');
    await page.emulateMedia({ colorScheme: 'dark' });
    await noObstacles(page, 'who may use it, dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await shots.everyLook('sharing-owner');
    const { access } = await (await api.get(`/api/v1/connections/${connection}`)).json();
    expect(access.people.map((one: { email: string }) => one.email)).toEqual(['may@example.com']);
  });

  await test.step('others see it with a lock, and whom to ask', async () => {
    const other = joe.page;
    await other.goto('/connections');
    await expect(other.getByRole('link', { name: /Sales/ })).toContainText('Ask Olive Owner');
    await noObstacles(other, 'a list with a lock');
    await new Shots(other).everyLook('sharing-list');
    await other.getByRole('link', { name: /Sales/ }).click();
    await expect(other.getByRole('heading', { name: 'You may not use this connection' })).toBeVisible();
    await expect(other.getByRole('button', { name: 'Test now' })).toHaveCount(0);
    await expect(other.getByRole('button', { name: 'Delete' })).toHaveCount(0);
    await expect(other.getByRole('heading', { name: 'Who may use it' })).toBeVisible();
    await noObstacles(other, 'not for Joe');
    await other.emulateMedia({ colorScheme: 'dark' });
    await noObstacles(other, 'not for Joe, dark');
    await other.emulateMedia({ colorScheme: 'light' });
    await new Shots(other).everyLook('sharing-other');
  });

  const call = {
    type: 'action', connector: 'http', version: 1, operation: 'request', connection,
    input: { method: { literal: 'POST' }, url: { literal: `${upstream.url}/orders` }, body_kind: { literal: 'json' }, body: from('event.body') },
  };
  const steps = { tell: { label: 'Tell sales', kind: call } };
  const made = await api.post('/api/v1/workflows', { data: { name: 'Orders', definition: definition(steps) } });
  const { id } = await made.json();

  await test.step('the editor offers it greyed, says why a step cannot use it, and publishes nothing', async () => {
    const other = joe.page;
    await other.goto(`/workflows/${id}`);
    const editor = new Editor(other);
    await editor.card('Tell sales').click();
    const choice = editor.inspector.getByRole('combobox', { name: 'Connection' });
    const sales = choice.locator('option', { hasText: 'Sales (ask Olive Owner)' });
    await expect(sales).toBeDisabled();
    await expect(editor.inspector.getByText(/“Tell sales” uses the connection “Sales”, which only people who were chosen may use/)).toBeVisible();
    await other.getByRole('button', { name: /to look at/ }).click();
    await expect(other.getByRole('dialog', { name: /to look at/i })).toContainText('Ask Olive Owner, to whom it belongs, or an owner of the workspace.');
    await noObstacles(other, 'a step that is not for Joe');
    await new Shots(other).everyLook('sharing-editor');
    const answer = await other.request.post(`/api/v1/workflows/${id}/publish`, {
      data: { rev: 1, note: '', turn_on: true }, headers: { Origin: server.url },
    });
    expect([answer.status(), (await answer.json()).error.code]).toEqual([422, 'definition.invalid']);
  });

  await test.step('whoever is named publishes it', async () => {
    const other = may.page;
    await other.goto(`/workflows/${id}`);
    const editor = new Editor(other);
    await editor.card('Tell sales').click();
    await expect(editor.inspector.getByRole('combobox', { name: 'Connection' })).toHaveValue(connection);
    await expect(other.getByRole('button', { name: /to look at/ })).toHaveCount(0);
    await editor.publish();
    await expect.poll(async () => (await (await api.get(`/api/v1/workflows/${id}`)).json()).state).toBe('on');
  });

  await test.step('for everyone again, the lock goes where somebody looks', async () => {
    await joe.page.goto(`/connections/${connection}`);
    await expect(joe.page.getByRole('heading', { name: 'You may not use this connection' })).toBeVisible();
    await page.getByRole('radio', { name: /^Everyone who makes workflows/ }).check();
    await expect(people).toHaveCount(0);
    await expect(joe.page.getByRole('heading', { name: 'You may not use this connection' })).toHaveCount(0);
    await expect(joe.page.getByRole('button', { name: 'Delete' })).toBeVisible();
    await page.goto('/settings/activity');
    await expect(page.getByText('said who may use a connection').first()).toBeVisible();
  });

  for (const { page: other, complaints } of [may, joe]) {
    expect(complaints.filter((text) => !/status of 40[13]/.test(text)), 'errors in the browser').toEqual([]);
    await other.context().close();
  }
});
