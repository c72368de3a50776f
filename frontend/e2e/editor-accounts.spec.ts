import type { APIRequestContext, Page } from '@playwright/test';
import { Crm } from './editor-crm.ts';
import { Editor, holds } from './editor.ts';
import { expect, test as base, OWNER, watch } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Server } from './server.ts';
import { Shots } from './shots.ts';
import { create, definition } from './workflows.ts';

interface Account {
  crm: Crm;
  page: Page;
  api: APIRequestContext;
  connection: string;
}

/** A server that knows the service's connector, a person who is signed in, and a connection to the account. */
const test = base.extend<{ account: Account }>({
  account: async ({ browser, playwright }, use) => {
    const crm = await Crm.start();
    const server = await Server.start({}, (data) => crm.connector(data));
    const api = await playwright.request.newContext({ baseURL: server.url, extraHTTPHeaders: { Origin: server.url } });
    const owner = { token: server.setupToken(), name: 'Olive Owner', workspace: 'Acme', ...OWNER };
    expect((await api.post('/api/v1/setup', { data: owner })).status()).toBeLessThan(300);
    const values = { server: crm.url, token: 'boardly-token' };
    const made = await api.post('/api/v1/connections', {
      data: { connector: 'boardly', method: 'token', label: 'Boardly of Acme', values },
    });
    expect(made.status(), await made.text()).toBeLessThan(300);
    const context = await browser.newContext({ baseURL: server.url, storageState: await api.storageState() });
    const page = await context.newPage();
    const complaints = watch(page);
    await use({ crm, page, api, connection: (await made.json()).id });
    expect(complaints.filter((complaint) => !complaint.includes('status of')), 'errors in the browser').toEqual([]);
    await context.close();
    await api.dispose();
    await server.stop();
    await crm.stop();
  },
});

const card = (input: object, connection?: string) => ({
  type: 'action', connector: 'boardly', version: 1, operation: 'create_card', connection, input,
});

async function opened(account: Account, name: string, input: object, connected = true): Promise<Editor> {
  const kind = card(input, connected ? account.connection : undefined);
  const { id } = await create(account.api, name, definition({ create: { label: 'Create a card', kind } }));
  await account.page.goto(`/workflows/${id}`);
  const editor = new Editor(account.page);
  await editor.card('Create a card').click();
  return editor;
}

/** The step's inputs as they are saved. */
async function saved(account: Account, editor: Editor): Promise<Record<string, unknown>> {
  await editor.saved();
  const id = account.page.url().split('/').pop();
  const { draft } = await (await account.api.get(`/api/v1/workflows/${id}`)).json();
  return draft.steps.create.kind.input;
}

test('choices come from the account: labels are shown, ids are kept', async ({ account }) => {
  const { crm, page } = account;
  const editor = await opened(account, 'Choices', {}, false);
  const board = editor.inspector.getByRole('combobox', { name: 'Board', exact: true });
  await board.click();
  await expect(editor.inspector.locator('.combo-said')).toContainText('Choose the connection first');
  expect(crm.calls.filter((call) => call !== 'GET /me')).toEqual([]);
  await board.press('Escape');
  await expect(editor.inspector).toBeVisible();

  await editor.inspector.getByRole('combobox', { name: 'Connection' }).selectOption({ label: 'Boardly of Acme' });
  await board.click();
  await expect(editor.inspector.locator('.combo-list').getByRole('option')).toHaveCount(2);
  await new Shots(page).everyLook('loaded-choices');
  await noObstacles(page, 'open list of choices');
  await board.fill('supp');
  await board.press('Enter');
  await expect(board).toHaveValue('Support');
  expect((await saved(account, editor)).board).toEqual({ literal: 'b2' });

  // Asked once for the session, until somebody wants it anew.
  const asked = () => crm.calls.filter((call) => call.startsWith('GET /boards') && !call.includes('columns')).length;
  for (const card of ['New event', 'Create a card']) {
    await editor.card(card).focus();
    await page.keyboard.press('Enter');
    // The focus goes on into the form.
    await expect(editor.inspector.locator(':focus')).toHaveCount(1);
    await expect(editor.card(card)).toHaveAttribute('aria-selected', 'true');
  }
  await expect(board).toHaveValue('Support');
  await board.click();
  await expect(editor.inspector.locator('.combo-list').getByRole('option').first()).toBeVisible();
  expect(asked()).toBe(1);
  await board.press('Escape');

  // The other side searches for what is typed.
  const owner = editor.inspector.getByRole('combobox', { name: 'Owner' });
  await owner.click();
  await expect(editor.inspector.locator('.combo-list').getByRole('option')).toHaveCount(3);
  await owner.fill('hopp');
  await expect(editor.inspector.locator('.combo-list').getByRole('option').first()).toContainText('Grace Hopper');
  expect(crm.calls.some((call) => call.includes('/people?q=hopp'))).toBe(true);
  await owner.press('Enter');
  await expect(owner).toHaveValue('Grace Hopper');
  expect((await saved(account, editor)).owner).toEqual({ literal: 'u2' });
});

test('a value that is gone is said and kept, and errors say what to do', async ({ account }) => {
  const { crm, page } = account;
  crm.fails = { status: 503, message: 'Boardly sleeps' };
  const editor = await opened(account, 'Gone', { board: { literal: 'b9' } });
  const board = editor.inspector.getByRole('combobox', { name: 'Board', exact: true });
  await expect(board).toHaveValue('b9');
  await board.click();
  const said = editor.inspector.locator('.combo-said');
  await expect(said).toContainText('Boardly sleeps');
  await new Shots(page).everyLook('loaded-choices-failed');
  crm.fails = undefined;
  await said.getByRole('button', { name: 'Try again' }).click();
  await expect(editor.inspector.locator('.combo-list').getByRole('option').first()).toBeVisible();
  await board.press('Escape');
  await expect(editor.inspector.getByText('“b9” is not in the account any more')).toBeVisible();
  await noObstacles(page, 'a choice that is gone');
  expect((await saved(account, editor)).board).toEqual({ literal: 'b9' });

  // An id typed by hand counts, too; so does data.
  await board.fill('b10');
  await board.press('Tab');
  await expect(board).toHaveValue('b10');
  const field = editor.inspector.locator('[data-field="input.board"]');
  await field.getByRole('button', { name: 'Use a value from data' }).click();
  await editor.field('Board').fill('{{ event.body.board }}');
  await expect(field.getByRole('button', { name: 'Choose from the list' })).toBeVisible();
  expect(JSON.stringify((await saved(account, editor)).board)).toContain('board');
});

test('columns of the account are fields, and unknown ones are kept', async ({ account }) => {
  const { crm, page } = account;
  const values = { object: [{ key: { literal: 'old' }, value: { literal: 'kept' } }] };
  const editor = await opened(account, 'Columns', { values });
  const columns = editor.inspector.getByRole('group', { name: 'Columns' });
  await expect(editor.inspector.getByText('Fill in “Board” first')).toBeVisible();
  const board = editor.inspector.getByRole('combobox', { name: 'Board', exact: true });
  await board.click();
  await editor.inspector.locator('.combo-list').getByRole('option', { name: /Sales/ }).click();
  await expect(columns.getByRole('textbox', { name: 'Title' })).toBeVisible();
  await columns.getByRole('textbox', { name: 'Title' }).fill('Big deal');
  await columns.getByRole('textbox', { name: 'Amount' }).fill('4200');
  await columns.getByRole('combobox', { name: 'Stage' }).selectOption({ label: 'Won' });
  await columns.getByLabel('Closes on').fill('2026-03-31');
  await expect(columns.getByText('The account has no field of this name')).toBeVisible();
  await new Shots(page).everyLook('columns');
  await noObstacles(page, 'columns of the account');
  const add = editor.inspector.getByRole('combobox', { name: 'Add to Columns' });
  await add.fill('Region');
  await add.press('Enter');
  await columns.getByRole('textbox', { name: 'Region' }).fill('EMEA');
  const kept = JSON.stringify((await saved(account, editor)).values);
  for (const part of ['"old"', '"Big deal"', '4200', '"Won"', '"2026-03-31"', '"EMEA"']) expect(kept).toContain(part);
  expect(kept).not.toContain('"4200"');

  // Another board has other columns; what is filled in stays.
  await board.click();
  await editor.inspector.locator('.combo-list').getByRole('option', { name: /Support/ }).click();
  await expect(columns.getByRole('textbox', { name: 'Subject' })).toBeVisible();
  await expect(columns.getByRole('combobox', { name: 'Urgent' })).toBeVisible();
  await holds(columns.getByRole('textbox', { name: 'title', exact: true }), 'Big deal');
  expect(crm.calls.filter((call) => call.includes('columns'))).toEqual(['GET /boards/b1/columns', 'GET /boards/b2/columns']);
});

test('several values and moments', async ({ account }) => {
  const { page } = account;
  const editor = await opened(account, 'Labels', { labels: { literal: ['l1', 'l7'] } });
  const tokens = editor.inspector.getByRole('list', { name: 'Labels' });
  await expect(tokens.getByRole('listitem')).toHaveText([/^Hot$/, /l7.*not in the account/]);
  const box = editor.inspector.getByRole('combobox', { name: 'Labels' });
  await box.click();
  await editor.inspector.locator('.combo-list').getByRole('option', { name: /Cold/ }).click();
  await tokens.getByRole('button', { name: 'Remove “l7”' }).click();
  await expect(tokens.getByRole('listitem')).toHaveText([/Hot/, /Cold/]);
  expect((await saved(account, editor)).labels).toEqual({ literal: ['l1', 'l2'] });

  const starts = editor.inspector.locator('[data-field="input.starts"]');
  await starts.getByLabel('Time zone').selectOption('Europe/Berlin');
  await starts.getByLabel('Starts').fill('2026-07-01T09:30');
  await starts.getByLabel('Starts').blur();
  expect((await saved(account, editor)).starts).toEqual({ literal: '2026-07-01T09:30:00+02:00' });
  await starts.getByLabel('Starts').fill('2026-12-01T09:30');
  await starts.getByLabel('Starts').blur();
  expect((await saved(account, editor)).starts).toEqual({ literal: '2026-12-01T09:30:00+01:00' });
  await new Shots(page).everyLook('labels-and-moments');
  await noObstacles(page, 'labels and moments');
});

test('a trigger of an app: picked, filled in, tried', async ({ account }) => {
  const { crm, page, api } = account;
  crm.cards = [{ id: 'c1', title: 'First' }, { id: 'c2', title: 'Second' }];
  const { id } = await create(api, 'On a card', { schema: 1, triggers: [], steps: {}, body: [] });
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await page.getByRole('button', { name: /^In an app/ }).click();
  const picker = page.getByTestId('picker');
  await expect(picker.getByRole('option', { name: /Webhook/ })).toBeVisible();
  await new Shots(page).everyLook('trigger-palette');
  await noObstacles(page, 'the palette of triggers');
  await picker.getByRole('option', { name: /^Boardly/ }).click();
  await expect(picker.getByRole('option')).toHaveCount(2);
  await picker.getByRole('combobox').press('Backspace');
  await picker.getByRole('combobox').fill('new card');
  await expect(picker.getByRole('option').first()).toContainText('Boardly: New card');
  await picker.getByRole('combobox').press('Enter');
  await expect(picker).toBeHidden();

  await editor.inspector.getByRole('combobox', { name: 'Connection' }).selectOption({ label: 'Boardly of Acme' });
  const board = editor.inspector.getByRole('combobox', { name: 'Board', exact: true });
  await board.click();
  await editor.inspector.locator('.combo-list').getByRole('option', { name: /Sales/ }).click();
  await expect(editor.card('New card')).toContainText('Boardly · New card in Sales');
  await editor.inspector.getByRole('switch', { name: 'Also what is there already' }).click();
  await new Shots(page).everyLook('app-trigger');
  await noObstacles(page, 'a trigger of an app');
  await editor.saved();
  const { draft } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  expect(draft.triggers[0].kind).toMatchObject({
    type: 'app', connector: 'boardly', trigger: 'new_card', history: true, input: { board: { literal: 'b1' } },
  });

  // What it would catch now, as samples; a change of the form keeps them.
  const tried = page.getByTestId('try-it');
  await tried.getByRole('button', { name: 'Look now' }).click();
  await expect(tried.getByRole('status')).toContainText('It would catch 2 events');
  await tried.locator('summary').last().click();
  await tried.locator('details').last().getByRole('button', { name: 'Use as sample' }).click();
  await expect(tried.getByText('In use')).toBeVisible();
  await new Shots(page).everyLook('app-trigger-tried');
  await noObstacles(page, 'what a trigger would catch');
  await board.click();
  await editor.inspector.locator('.combo-list').getByRole('option', { name: /Support/ }).click();
  await editor.inspector.getByRole('tab', { name: 'Samples' }).click();
  await expect(editor.inspector.locator('.sample')).toHaveCount(2);
});

test('a webhook of an app says what is to be done there', async ({ account }) => {
  const { page, api, connection } = account;
  const kind = { type: 'app', connector: 'boardly', version: 1, trigger: 'card_moved', connection, input: {} };
  const { id } = await create(api, 'Moved', { schema: 1, triggers: [{ id: 't1', label: 'Card moved', kind }], steps: {}, body: [] });
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Card moved').click();
  const reach = page.getByTestId('reach');
  await expect(reach.getByText(/the service cannot reach it|Many services refuse/)).toBeVisible();
  await expect(reach.getByRole('listitem').first()).toContainText('choose Webhooks');
  await new Shots(page).everyLook('app-webhook');
  await noObstacles(page, 'a webhook of an app');
});

test('recent choices come first, and what an app can do is found from anywhere', async ({ account }) => {
  const { page, api } = account;
  const { id } = await create(api, 'Palette', definition({}));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Find cards');
  await expect(editor.card('Boardly: Find cards')).toBeVisible();
  await page.getByTestId('slot').last().click();
  const picker = page.getByTestId('picker');
  await expect(picker.getByRole('option').first()).toContainText('Boardly: Find cards');
  // An app that wants a consent is offered, too.
  await expect(picker.locator('[data-app=gmail]')).toBeVisible();
  await new Shots(page).everyLook('palette');
  await noObstacles(page, 'the palette of steps');
  await picker.getByRole('combobox').fill('google sheets');
  await expect(picker.getByRole('option').first()).toContainText('Google Sheets');
});
