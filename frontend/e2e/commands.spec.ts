import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, live, setFields } from './workflows.ts';
import type { Page } from '@playwright/test';

const steps = definition({ shape: { label: 'Shape the data', kind: setFields({ email: 'event.body.email' }) } });
const palette = (page: Page) => page.getByTestId('palette');

async function open(page: Page, words = ''): Promise<void> {
  // A page that has only just come may not listen yet.
  await expect(async () => {
    if (!(await palette(page).isVisible())) await page.keyboard.press('Control+k');
    await expect(palette(page)).toBeVisible({ timeout: 1000 });
  }).toPass();
  if (words) await palette(page).getByRole('combobox').fill(words);
}

test('anything is gone to by the keyboard, and what was used last comes first', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Leads to the CRM', steps);
  await page.getByRole('link', { name: 'Leads to the CRM' }).first().waitFor();
  await open(page, 'leads crm');
  await expect(palette(page).getByRole('option', { selected: true })).toContainText('Leads to the CRM');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/workflows/${id}$`));
  await open(page, 'runs');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/runs$/);
  // From a page that knows no steps.
  await open(page);
  await expect(palette(page).getByRole('option').first()).toContainText('Runs');
  await expect(palette(page).getByRole('option').nth(1)).toContainText('Leads to the CRM');
  await new Shots(page).everyLook('palette');
  await noObstacles(page, 'the palette');
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();
  await open(page, 'run_0000000000001');
  await expect(palette(page).getByRole('option')).toHaveCount(1);
  await expect(palette(page).getByRole('option')).toContainText('Open the run run_0000000000001');
});

test('inside a workflow its steps and its commands are found', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Commands', steps);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Shape the data').waitFor();
  await open(page, 'shape');
  await page.keyboard.press('Enter');
  await expect(editor.card('Shape the data')).toBeFocused();
  await open(page, 'undo');
  await expect(palette(page).getByRole('option', { name: /^Undo/ })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();
  await open(page, 'duplicate');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('treeitem')).toHaveCount(3);
  await open(page, 'undo');
  await expect(palette(page).getByRole('option', { selected: true })).toContainText('Ctrl');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('treeitem')).toHaveCount(2);
  await editor.card('Shape the data').focus();
  await expect(editor.card('Shape the data')).toBeFocused();
  await page.keyboard.press('x');
  await expect(editor.card('Shape the data')).toHaveAttribute('aria-label', /off/);
  await open(page, 'publish');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Review and publish' })).toBeVisible();
});

test('a question mark shows every key, and writing stays writing', async ({ signedIn: page }) => {
  await page.getByRole('navigation').waitFor();
  const sheet = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(async () => {
    if (!(await sheet.isVisible())) await page.keyboard.press('?');
    await expect(sheet).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(sheet.getByText('Keyboard shortcuts')).toBeVisible();
  await expect(sheet.getByText('Duplicate the chosen steps')).toBeVisible();
  await new Shots(page).everyLook('keys');
  await noObstacles(page, 'the sheet of keys');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Go to anything' }).click();
  await palette(page).getByRole('combobox').pressSequentially('what?');
  await expect(palette(page).getByRole('combobox')).toHaveValue('what?');
  await expect(sheet).toBeHidden();
});

test('a workflow that is started by hand is run from the palette', async ({ signedIn: page, api }) => {
  const byHand = { ...definition({ one: { label: 'One', kind: setFields({ a: '1' }) } }), triggers: [{ id: 'start', label: 'By hand', kind: { type: 'manual' } }] };
  const { id } = await live(api, 'Tidy up', byHand);
  await page.getByRole('navigation').waitFor();
  await open(page, 'run tidy');
  await expect(palette(page).getByRole('option', { selected: true })).toContainText('Run “Tidy up” now');
  await page.keyboard.press('Enter');
  await expect(page.getByText('A run of “Tidy up” has begun.')).toBeVisible();
  await expect.poll(async () => (await (await api.get(`/api/v1/runs?workflow=${id}`)).json()).items.length).toBe(1);
});

test('hostile names are shown as they are', async ({ signedIn: page, api }) => {
  const names = [`"><img src=x onerror="document.title='gone'">`, `שלום ‮evil`, 'x'.repeat(200), `{{ event }} 'quoted' 🧑‍🚀`];
  for (const name of names) await create(api, name, steps);
  await page.reload();
  await page.getByRole('navigation').waitFor();
  await open(page, 'onerror');
  await expect(palette(page).getByRole('option', { selected: true })).toContainText('<img src=x');
  await palette(page).getByRole('combobox').fill('xxxxxxxx');
  await expect(palette(page).getByRole('option').first()).toContainText('xxxxxxxx');
  const box = await palette(page).boundingBox();
  expect(box!.width).toBeLessThan(600);
  expect(await page.title()).not.toContain('gone');
  await new Shots(page).everyLook('palette-hostile');
});
