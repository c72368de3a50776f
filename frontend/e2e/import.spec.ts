import { readFile } from 'node:fs/promises';
import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, post, setFields } from './workflows.ts';

test('a workflow goes through the clipboard, a file and a second copy, and is seen before it is made', async ({ signedIn: page, api }) => {
  const shots = new Shots(page);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await api.post('/api/v1/connections', { data: { connector: 'slack', method: 'bot_token', label: 'Team', sandbox: true } });
  const slack = { type: 'action', connector: 'slack', version: 1, operation: 'send_message', connection: null, input: { text: { literal: 'Hi' } } };
  const steps = {
    shape: { label: 'Shape the order', kind: setFields({ who: 'event.body.name' }) },
    tell: { label: 'Tell <b>sales</b> "now"', kind: slack },
    send: { label: 'Send it on', kind: post('https://api.example.com', { literal: {} }) },
  };
  await create(api, 'Orders to move', definition(steps));
  await page.reload();
  const menu = page.getByRole('button', { name: 'Actions for “Orders to move”' });

  // As text, through the clipboard.
  await menu.click();
  await page.getByRole('menuitem', { name: 'Copy as text' }).click();
  await expect(page.getByText('“Orders to move” is copied as text.')).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  // As a file: the same.
  await menu.click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export as JSON' }).click()]);
  expect(await readFile(await download.path(), 'utf8')).toBe(text);

  // A second one: off, and a draft.
  await menu.click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await expect(page.getByText('“Copy of Orders to move” is made. It is off until you publish it.')).toBeVisible();
  const copy = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Copy of Orders to move' }) });
  await expect(copy.getByText('Draft', { exact: true })).toBeVisible();

  const begin = async () => {
    await page.getByRole('button', { name: 'Start from an example' }).click();
    await page.getByRole('menuitem', { name: /^Import a workflow/ }).click();
  };
  await begin();
  const dialog = page.getByRole('dialog', { name: 'Import a workflow' });
  const box = dialog.getByRole('textbox', { name: 'Text of the workflow' });
  for (const [bad, words] of [
    ['hello', 'This is no exported workflow'],
    ['{"patchbay":"steps","schema":1,"steps":{},"body":[]}', 'paste them on its canvas'],
    ['{"name":"x","definition":{"schema":99}}', 'newer version'],
    ['{"name":"x","definition":{"schema":1,"steps":{"a":7}}}', 'cannot be read'],
  ]) {
    await box.fill(bad);
    await expect(dialog.getByRole('alert')).toContainText(words);
  }
  await dialog.locator('input[type=file]').setInputFiles({ name: 'large.json', mimeType: 'application/json', buffer: Buffer.alloc(10 * 1024 * 1024 + 1, ' ') });
  await expect(dialog.getByRole('alert')).toContainText('at most 10 MB');
  await dialog.locator('input[type=file]').setInputFiles({ name: 'empty.json', mimeType: 'application/json', buffer: Buffer.from('') });
  await expect(dialog.getByRole('alert')).toContainText('no exported workflow');
  await shots.everyLook('import-refused');
  await noObstacles(page, 'what is no workflow');

  // From another instance: its connection is asked for, and a service that is not known here is named.
  const other = JSON.parse(text);
  other.publish = true;
  other.definition.steps.tell.kind.connection = 'con_0000000000001';
  await box.fill(JSON.stringify(other));
  await expect(dialog.getByRole('img', { name: /Shape the order → Tell <b>sales/ })).toBeVisible();
  await expect(dialog.getByText('1 trigger, 3 steps')).toBeVisible();
  await expect(dialog.getByText('Slack: Tell <b>sales</b> "now"')).toBeVisible();
  await dialog.getByRole('combobox').selectOption({ label: 'Team (sandbox)' });
  await shots.everyLook('import');
  await noObstacles(page, 'what an import holds');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('');
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(dialog.getByText('A workflow needs a name.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Orders, moved');
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page).toHaveURL(/\/workflows\/wf_/);
  await expect(new Editor(page).card('Send it on')).toBeVisible();
  const id = page.url().split('/').pop();
  const made = await (await api.get(`/api/v1/workflows/${id}`)).json();
  expect(made.state).toBe('off');
  expect(made.live_version ?? null).toBeNull();
  expect(made.draft.steps.tell.kind.connection).toMatch(/^con_/);
  expect(made.draft.steps.tell.kind.connection).not.toBe('con_0000000000001');
});
