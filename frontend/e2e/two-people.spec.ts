import type { Browser, BrowserContext, Page } from '@playwright/test';
import { Editor } from './editor.ts';
import { createOwner, expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Server } from './server.ts';
import { Shots } from './shots.ts';
import { create, definition, setFields } from './workflows.ts';

const two = definition({
  first: { label: 'First', kind: setFields({ email: 'event.body.email' }) },
  second: { label: 'Second', kind: setFields({ name: 'event.body.name' }) },
});

const NAME = 'Name of the step';

async function rename(editor: Editor, from: string, to: string): Promise<void> {
  await editor.card(from).click();
  await editor.inspector.getByLabel(NAME).fill(to);
  await editor.inspector.getByLabel(NAME).press('Enter');
  await expect(editor.card(to)).toBeVisible();
}

/** Two tabs of the same workflow. */
async function tabs(browser: Browser, server: Server, session: Awaited<ReturnType<BrowserContext['storageState']>>, id: string) {
  const contexts = await Promise.all([0, 1].map(() => browser.newContext({ baseURL: server.url, storageState: session })));
  const pages = await Promise.all(contexts.map((context) => context.newPage()));
  for (const page of pages) {
    await page.goto(`/workflows/${id}`);
    await expect(new Editor(page).card('First')).toBeVisible();
  }
  return { pages, close: () => Promise.all(contexts.map((context) => context.close())) };
}

test('two people edit different steps and fields: both stay, and undo takes back only the own', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Side by side', two);
  const { pages: [one, other], close } = await tabs(browser, server, session, id);
  const [mine, theirs] = [new Editor(one), new Editor(other)];
  // Both edit before either hears of the other.
  await one.context().setOffline(true);
  await rename(mine, 'First', 'Mine');
  await expect(one.getByTestId('save-state')).toContainText('No connection');
  await rename(theirs, 'Second', 'Theirs');
  await theirs.addStep('Delay');
  await theirs.saved();
  await mine.addStep('Stop');
  await one.context().setOffline(false);
  await mine.saved();
  for (const editor of [mine, theirs]) {
    for (const name of ['Mine', 'Theirs', 'Delay', 'Stop']) await expect(editor.card(name)).toBeVisible();
  }
  await mine.card('Mine').click();
  await one.getByRole('button', { name: 'Undo' }).click();
  await one.getByRole('button', { name: 'Undo' }).click();
  await expect(mine.card('First')).toBeVisible();
  await expect(mine.card('Stop')).toBeHidden();
  await expect(mine.card('Theirs')).toBeVisible();
  await mine.saved();
  await expect(theirs.card('First')).toBeVisible();
  await close();
});

test('two people change the same: the later one sees both and chooses', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Head on', two);
  const { pages: [one, other], close } = await tabs(browser, server, session, id);
  const [mine, theirs] = [new Editor(one), new Editor(other)];
  await one.context().setOffline(true);
  await rename(mine, 'First', 'Mine');
  await rename(mine, 'Second', 'Also mine');
  await rename(theirs, 'First', 'Theirs');
  await theirs.saved();
  await one.context().setOffline(false);
  await expect(one.getByRole('alert').filter({ hasText: 'Somebody else changed the same' })).toBeVisible();
  await expect(mine.card('Mine')).toBeVisible();
  await one.getByRole('button', { name: 'See both and choose' }).click();
  const dialog = one.getByRole('dialog', { name: 'Changed by two at once' });
  await expect(dialog.getByRole('group')).toHaveCount(1);
  await expect(dialog.getByRole('button', { name: 'Save what I chose' })).toBeDisabled();
  await noObstacles(one, 'both');
  await one.emulateMedia({ colorScheme: 'dark' });
  await noObstacles(one, 'both, dark');
  await new Shots(one).everyLook('both');
  await dialog.getByRole('radio', { name: /^Theirs/ }).check();
  await dialog.getByRole('button', { name: 'Save what I chose' }).click();
  await expect(dialog).toBeHidden();
  await mine.saved();
  await expect(mine.card('Theirs')).toBeVisible();
  await expect(mine.card('Also mine')).toBeVisible();
  await expect(theirs.card('Also mine')).toBeVisible();
  await close();
});

test('a tab that is closed without a connection gives its edits to the next', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Closed', two);
  const context = await browser.newContext({ baseURL: server.url, storageState: session });
  const page = await context.newPage();
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await expect(editor.card('First')).toBeVisible();
  await page.route('**/draft', (route) => route.abort());
  await rename(editor, 'First', 'Not lost');
  await expect(page.getByTestId('save-state')).toContainText('No connection');
  await page.close();
  // Somebody else goes on meanwhile.
  const { draft, draft_rev: rev } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  draft.steps.second.label = 'Saved by another';
  expect((await api.put(`/api/v1/workflows/${id}/draft`, { data: { rev, definition: draft } })).status()).toBe(200);
  const next = await context.newPage();
  await next.goto(`/workflows/${id}`);
  const again = new Editor(next);
  await expect(again.card('Not lost')).toBeVisible();
  await expect(again.card('Saved by another')).toBeVisible();
  await again.saved();
  await expect(async () => {
    const saved = await (await api.get(`/api/v1/workflows/${id}`)).json();
    expect(saved.draft.steps.first.label).toBe('Not lost');
  }).toPass();
  await expect.poll(() => next.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('patchbay-draft')))).toEqual([]);
  await context.close();
});

test('edits that were brought back into a conflict overwrite nobody when the page is left', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Left again', two);
  const context = await browser.newContext({ baseURL: server.url, storageState: session });
  const page = await context.newPage();
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await expect(editor.card('First')).toBeVisible();
  await page.route('**/draft', (route) => route.abort());
  await rename(editor, 'First', 'Mine');
  await expect(page.getByTestId('save-state')).toContainText('No connection');
  await page.close();
  const { draft, draft_rev: rev } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  draft.steps.first.label = 'Theirs';
  expect((await api.put(`/api/v1/workflows/${id}/draft`, { data: { rev, definition: draft } })).status()).toBe(200);
  const next = await context.newPage();
  const again = new Editor(next);
  const conflict = next.getByRole('alert').filter({ hasText: 'Somebody else changed the same' });
  const first = async () => (await (await api.get(`/api/v1/workflows/${id}`)).json()).draft.steps.first.label;
  await next.goto(`/workflows/${id}`);
  await expect(conflict).toBeVisible();
  // Left and opened again: it is still asked, about one copy, and nothing was saved on the way.
  await next.getByRole('link', { name: 'Workflows', exact: true }).first().click();
  await next.getByRole('link', { name: 'Left again' }).first().click();
  await expect(conflict).toBeVisible();
  await expect(again.card('Mine')).toBeVisible();
  expect(await first()).toBe('Theirs');
  expect(await next.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('patchbay-draft')).length)).toBe(1);
  await next.getByRole('button', { name: 'See both and choose' }).click();
  const dialog = next.getByRole('dialog', { name: 'Changed by two at once' });
  await dialog.getByRole('radio', { name: /^Theirs/ }).check();
  await dialog.getByRole('button', { name: 'Save what I chose' }).click();
  await again.saved();
  expect(await first()).toBe('Theirs');
  await expect.poll(() => next.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('patchbay-draft')))).toEqual([]);
  await context.close();
});

test('what another person of this browser left behind is not taken for one\'s own', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Shared browser', two);
  const context = await browser.newContext({ baseURL: server.url, storageState: session });
  const page = await context.newPage();
  await page.goto('/workflows');
  const { draft, draft_rev: rev } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  const edited = structuredClone(draft);
  edited.steps.first.label = 'Of another';
  const theirs = `patchbay-draft-usr_0000000000001-${id}-7`;
  const copy = JSON.stringify({ rev, base: draft, definition: edited });
  // The last two are of a release that did not say whose they are.
  for (const key of [theirs, `patchbay-draft-${id}`, `patchbay-draft-${id}-8`]) {
    await page.evaluate(([key, copy]) => localStorage.setItem(key, copy), [key, copy]);
  }
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await expect(editor.card('First')).toBeVisible();
  await editor.addStep('Delay');
  await editor.saved();
  const saved = (await (await api.get(`/api/v1/workflows/${id}`)).json()).draft;
  expect([saved.steps.first.label, Object.keys(saved.steps).length]).toEqual(['First', 3]);
  await expect.poll(() => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('patchbay-draft')))).toEqual([theirs]);
  await context.close();
});

test('chosen steps stay the chosen ones when another took their id', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Same id', two);
  const { pages: [one, other], close } = await tabs(browser, server, session, id);
  const [mine, theirs] = [new Editor(one), new Editor(other)];
  await one.context().setOffline(true);
  // Both make the first new step of the workflow.
  await mine.addStep('Stop');
  await theirs.addStep('Delay');
  await theirs.saved();
  await mine.card('Second').click();
  await mine.card('Stop').click({ modifiers: ['Shift'] });
  await expect(one.locator('.chosen-said')).toHaveText('2 steps chosen');
  await one.context().setOffline(false);
  await mine.saved();
  await expect(mine.card('Delay')).toBeVisible();
  await one.getByRole('toolbar', { name: 'Chosen steps' }).getByRole('button', { name: 'Delete' }).click();
  await expect(mine.card('Stop')).toBeHidden();
  await expect(mine.card('Second')).toBeHidden();
  await expect(mine.card('Delay')).toBeVisible();
  await close();
});

test('a save whose answer is lost does not count as somebody else', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Half lost', two);
  const context = await browser.newContext({ baseURL: server.url, storageState: session });
  const page = await context.newPage();
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await expect(editor.card('First')).toBeVisible();
  let lost = 0;
  await page.route('**/draft', async (route) => {
    if (lost++ > 0) return route.continue();
    // The server has it, and the browser never hears of it.
    await route.fetch();
    await route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'Gone' } } });
  });
  await editor.addStep('Delay');
  await expect(page.getByTestId('save-state')).toContainText('No connection');
  await editor.inspector.getByLabel(NAME).fill('Hold on');
  await editor.inspector.getByLabel(NAME).press('Enter');
  await editor.saved();
  await expect(page.getByRole('treeitem')).toHaveCount(4);
  await expect(editor.card('Hold on')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await context.close();
});

test('the server is started anew in the middle of an edit', async ({ browser, playwright }) => {
  const server = await Server.start();
  const request = await playwright.request.newContext({ baseURL: server.url, extraHTTPHeaders: { Origin: server.url } });
  await createOwner(request, server);
  const { id } = await create(request, 'Restarted', two);
  const context = await browser.newContext({ baseURL: server.url, storageState: await request.storageState() });
  const page: Page = await context.newPage();
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await rename(editor, 'First', 'Before');
  await editor.saved();
  await server.restart(async () => {
    await rename(editor, 'Second', 'While it was away');
    await expect(page.getByTestId('save-state')).toContainText('No connection');
  });
  await editor.saved();
  const { draft } = await (await request.get(`/api/v1/workflows/${id}`)).json();
  expect([draft.steps.first.label, draft.steps.second.label]).toEqual(['Before', 'While it was away']);
  await context.close();
  await request.dispose();
  await server.stop();
});
