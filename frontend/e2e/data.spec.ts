import { Editor, holds, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { create, definition } from './workflows.ts';

test('a value is changed operation by operation, and shown after each', async ({ signedIn: page, api }) => {
  const { id, testUrl } = await create(api, 'Transforms', definition({}));
  expect((await send(testUrl, { tags: '  red, green ' })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Transform');
  await editor.insert(editor.field('Begin with'), 'tags');

  const add = async (words: string) => {
    await editor.inspector.getByRole('button', { name: 'Add an operation' }).click();
    const search = editor.inspector.getByTestId('operations').getByRole('combobox');
    await search.fill(words);
    await search.press('Enter');
  };
  const operations = editor.inspector.getByTestId('operation');
  await add('Remove space around');
  await expect(operations.nth(0).getByText('red, green', { exact: true })).toBeVisible();
  await add('Split into a list');
  await expect(operations.nth(1).getByText(/^\[red, ? ?green\]$/)).toBeVisible();
  await operations.nth(0).getByRole('button', { name: 'Move down' }).click();
  await expect(operations.nth(0)).toContainText('Split into a list');
  await noObstacles(page, 'transform');
  await operations.nth(1).getByRole('button', { name: 'Remove this operation' }).click();
  await expect(operations).toHaveCount(1);
  await editor.saved();
});

test('two columns of a sheet become a lookup table', async ({ signedIn: page, api }) => {
  const { id, testUrl } = await create(api, 'Tables', definition({}));
  expect((await send(testUrl, { country: 'at' })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Lookup table');
  await editor.insert(editor.field('Look up'), 'country');
  await editor.inspector.getByRole('button', { name: 'Paste from a sheet' }).click();
  await editor.inspector.getByRole('textbox', { name: 'Paste from a sheet' }).fill('DE\tGermany\nAT\tAustria\n');
  await editor.inspector.getByRole('button', { name: 'Add these rows' }).click();
  await expect(editor.inspector.getByLabel('If it is, row 2')).toHaveValue('AT');
  await expect(editor.inspector.getByLabel('It gives, row 2')).toHaveValue('Austria');
  await expect(editor.inspector.getByText('With the sample: Austria')).toBeVisible();
  await expect(editor.card('Lookup table')).toContainText('country in 2 rows');
  await noObstacles(page, 'lookup table');
});

test('values are remembered under a name, and code has inputs and lines', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Memory', definition({}));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Remember');
  await editor.field('Under the name').fill('orders');
  await editor.field('Under the name').press('Escape');
  await editor.inspector.getByLabel('What to do').selectOption({ label: 'Count' });
  await expect(editor.card('Remember')).toContainText('Count orders');
  await holds(editor.field('Under the name'), 'orders');
  await expect(editor.field('Count up by')).toBeVisible();
  await noObstacles(page, 'store');

  await editor.addStep('Code');
  await expect(editor.card('Code')).toContainText('2 lines of JavaScript');
  const source = editor.inspector.getByRole('textbox', { name: 'Code', exact: true });
  await source.fill('if (input.name) {');
  await source.press('End');
  await source.press('Enter');
  await holds(source, 'if (input.name) {\n  ');
  await noObstacles(page, 'code');
  await editor.saved();
});
