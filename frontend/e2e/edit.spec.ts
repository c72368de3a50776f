import { Editor, holds, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { create, definition, setFields } from './workflows.ts';

const greeting = definition({ shape: { label: 'Shape the data', kind: setFields({ email: 'event.body.email' }) } });

test('steps are added, deleted and brought back by keys', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Keys', greeting);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const steps = page.getByRole('treeitem');

  await editor.card('Shape the data').focus();
  await page.keyboard.press('ArrowUp');
  await expect(editor.card('New event')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(editor.card('Shape the data')).toBeFocused();

  await page.keyboard.press('a');
  await editor.choose('Delay');
  await expect(editor.card('Delay')).toBeFocused();
  await page.keyboard.press('+');
  await editor.choose('Stop');
  await expect(editor.card('Stop')).toBeFocused();
  await expect(steps).toHaveCount(4);

  await page.keyboard.press('Delete');
  await expect(editor.card('Stop')).toBeHidden();
  await page.keyboard.press('Control+z');
  await expect(editor.card('Stop')).toBeVisible();
  await page.keyboard.press('Control+Shift+Z');
  await expect(editor.card('Stop')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(steps).toHaveCount(3);
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(editor.card('Stop')).toBeVisible();

  await editor.saved();
  await page.reload();
  await expect(steps).toHaveCount(4);
  await expect(editor.card('Delay')).toBeVisible();
});

test('a step is renamed where its name stands, and the draft keeps it', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Names', greeting);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Shape the data').click();
  await editor.inspector.getByLabel('Name of the step').fill('Who it is');
  await editor.inspector.getByLabel('Name of the step').press('Enter');
  await expect(editor.card('Who it is')).toBeVisible();
  await editor.saved();
  await page.reload();
  await expect(editor.card('Who it is')).toBeVisible();
  await expect(editor.card('Shape the data')).toBeHidden();
});

test('a field that is not there says so and offers the one that is meant', async ({ signedIn: page, api }) => {
  const { id, testUrl } = await create(api, 'Mistakes', greeting);
  expect((await send(testUrl, { email: 'ada@engines.example' })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Shape the data').click();
  const group = editor.inspector.getByRole('group', { name: 'Value of email' });
  await editor.field('Value of email').fill('{{ event.body.emial }}');
  await editor.field('Value of email').press('Escape');
  await expect(group.getByRole('status')).toContainText('emial');
  await group.getByRole('button', { name: 'Use “email”' }).click();
  await holds(editor.field('Value of email'), '{{ event.body.email }}');
  await expect(group.getByText('ada@engines.example', { exact: true })).toBeVisible();
});
