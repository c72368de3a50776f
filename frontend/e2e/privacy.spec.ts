import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { open, reaches, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, live, setFields } from './workflows.ts';

const SECRET = 'ada.lovelace@example.com';

test('everything about a person is counted, and then deleted', async ({ signedIn: page, api }) => {
  const { url } = await live(api, 'Knows people', definition({ note: { label: 'Note', kind: setFields({ to: 'event.body.email' }) } }));
  const person = 'grace.hopper@example.com';
  const run = await start(url, { email: person });
  const other = await start(url, { email: `not-${person}` });
  await reaches(api, run, 'succeeded');
  await reaches(api, other, 'succeeded');
  await page.goto('/settings');
  const section = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Delete a person\'s data' }) });
  await section.getByLabel('A value only this person has').fill('ann');
  await section.getByRole('button', { name: 'Look for it' }).click();
  await expect(section.getByText('Between 5 and 200 characters.')).toBeVisible();
  await section.getByLabel('A value only this person has').fill(person);
  await section.getByRole('button', { name: 'Look for it' }).click();
  await expect(section.getByText('This holds it. Nothing is deleted yet')).toBeVisible({ timeout: 60_000 });
  await expect(section.getByRole('row', { name: /Knows people/ })).toContainText('1 run');
  await section.scrollIntoViewIfNeeded();
  await noObstacles(page, 'a person counted');
  await new Shots(page).everyLook('erase-counted');
  await section.getByRole('button', { name: 'Delete all of it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete all of it' }).click();
  await expect(section.getByText('Deleted', { exact: true })).toBeVisible({ timeout: 60_000 });
  await new Shots(page).everyLook('erase-done');
  expect((await api.get(`/api/v1/runs/${run}`)).status()).toBe(404);
  expect((await api.get(`/api/v1/runs/${other}`)).status()).toBe(200);
  const log = await (await api.get('/api/v1/activity?action=person.*')).text();
  expect(log).toContain('person.erased');
  expect(log).not.toContain('hopper');
});

test('a search for a person is followed on when one look at it is lost', async ({ browser, server, session }) => {
  const context = await browser.newContext({ baseURL: server.url, storageState: session });
  const page = await context.newPage();
  await page.goto('/settings');
  const section = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Delete a person\'s data' }) });
  await section.getByLabel('A value only this person has').fill('nobody.at.all@example.com');
  let looks = 0;
  await page.route('**/api/v1/erasures', (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    looks += 1;
    return looks === 1 ? route.abort() : route.continue();
  });
  await section.getByRole('button', { name: 'Look for it' }).click();
  await expect(section.getByText(/^Nothing holds it; \d+ rows? w/)).toBeVisible({ timeout: 20_000 });
  expect(looks).toBeGreaterThan(1);
  await context.close();
});

test('a hidden field shows as dots, wherever its value went', async ({ signedIn: page, api }) => {
  const steps = { note: { label: 'Write a note', kind: setFields({ to: 'event.body.email', text: 'event.body.note' }) } };
  const { id, url } = await live(api, 'Hides a field', definition(steps));
  await start(url, { email: SECRET, note: `to ${SECRET}`, city: 'London' });
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await page.getByRole('button', { name: 'More about this workflow' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  const hidden = settings.getByRole('region', { name: 'Hidden fields' });
  await hidden.getByRole('combobox', { name: 'Path of the field' }).fill('body..email');
  await hidden.getByRole('button', { name: 'Hide this field' }).click();
  await expect(hidden.getByText('Names with points between them')).toBeVisible();
  await hidden.getByRole('combobox', { name: 'Path of the field' }).fill('body.email');
  await page.keyboard.press('Enter');
  await expect(hidden.getByRole('listitem')).toHaveText(/What comes in.*body\.email/);
  await hidden.scrollIntoViewIfNeeded();
  await noObstacles(page, 'hidden fields');
  await new Shots(page).everyLook('hidden-fields');
  await page.keyboard.press('Escape');
  await editor.saved();
  const { draft_rev: rev } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  expect((await api.post(`/api/v1/workflows/${id}/publish`, { data: { rev, note: '' } })).status()).toBe(200);

  const run = await start(url, { email: SECRET, note: `to ${SECRET}`, city: 'London' });
  await reaches(api, run, 'succeeded');
  const shown = await open(page, run);
  await expect(shown.getByText('••••••').first()).toBeVisible();
  await expect(page.locator('body')).not.toContainText('lovelace');
  await new Shots(page).everyLook('hidden-run');
  expect(await (await api.get('/api/v1/runs/search?q=lovelace')).text()).not.toContain(run);
});
