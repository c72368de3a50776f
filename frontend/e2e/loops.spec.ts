import { Editor, holds, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { timeline } from './runs.ts';
import { create, definition, from, live, setFields } from './workflows.ts';

const ORDERS = { orders: [{ sku: 'A-1', count: 2 }, { sku: 'B-2', count: 1 }, { sku: 'C-3', count: 7 }] };

test('a loop knows its element, and its failures have steps of their own', async ({ signedIn: page, api }) => {
  const start = definition({ shape: { label: 'Shape the data', kind: setFields({ orders: 'event.body.orders' }) } });
  const { id, testUrl } = await create(api, 'Loops', start);
  expect((await send(testUrl, ORDERS)).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);

  await test.step('the list is chosen from the data', async () => {
    await editor.addStep('For each');
    await editor.insert(editor.field('List'), 'orders');
  });

  await test.step('a step inside sees the first element', async () => {
    await page.getByRole('button', { name: 'Add a step in “For each”' }).click();
    await editor.choose('Set fields');
    await editor.inspector.getByLabel('Name', { exact: true }).fill('line');
    await editor.field('Value of line').click();
    await expect(editor.data.getByText('This element')).toBeVisible();
    await editor.data.getByRole('option').filter({ hasText: /^sku/ }).first().click();
    await holds(editor.field('Value of line'), '{{ item.sku }}');
    await editor.field('Value of line').press('Escape');
    await expect(editor.data).toBeHidden();
    const group = editor.inspector.getByRole('group', { name: 'Value of line' });
    await expect(group.getByText('A-1', { exact: true })).toBeVisible();
  });

  await test.step('what fails goes another way, which knows the error', async () => {
    await editor.card('For each').click();
    await editor.inspector.getByRole('radio', { name: 'Carry steps out' }).click();
    await page.getByRole('button', { name: 'Add a step in “For each: if one fails”' }).click();
    await editor.choose('Set fields');
    await editor.inspector.getByLabel('Name', { exact: true }).fill('why');
    await editor.field('Value of why').click();
    await expect(editor.data.getByText('What failed')).toBeVisible();
    await editor.data.getByRole('option').filter({ hasText: /^message/ }).first().click();
    await holds(editor.field('Value of why'), '{{ error.message }}');
    await editor.field('Value of why').press('Escape');
    await noObstacles(page, 'error path of a loop');
  });

  await test.step('it folds and unfolds by keys, and stays folded', async () => {
    const loop = editor.card('For each');
    await loop.focus();
    await loop.click();
    await page.keyboard.press('Escape');
    await expect(loop).toHaveAttribute('aria-expanded', 'true');
    await loop.press(' ');
    await expect(loop).toHaveAttribute('aria-expanded', 'false');
    await expect(page.getByRole('treeitem')).toHaveCount(3);
    await editor.saved();
    await page.reload();
    await expect(loop).toHaveAttribute('aria-expanded', 'false');
    await loop.focus();
    await loop.press('ArrowDown');
    await loop.press('ArrowUp');
    await page.getByRole('button', { name: 'Show 2 steps inside' }).click();
    await expect(page.getByRole('treeitem')).toHaveCount(5);
  });
});

test('the items of a loop are a table on the page of the run', async ({ signedIn: page, api }) => {
  const each = {
    type: 'for_each',
    over: from('event.body.orders'),
    item: 'item',
    body: ['line'],
    on_item_error: 'skip',
  };
  const steps = definition({ each: { label: 'Each order', kind: each } }) as { steps: Record<string, object> };
  // A missing name fails the second one.
  const line = { type: 'set', fields: [{ name: 'line', value: from('item.sku'), required: true }] };
  steps.steps.line = { slug: 'line', label: 'Line', kind: line };
  const { url } = await live(api, 'Items', steps);
  expect((await send(url, { orders: [{ sku: 'A-1' }, { name: 'no sku' }, { sku: 'C-3' }] })).status).toBeLessThan(300);
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Items' }).getByRole('link', { name: 'Items' }).click();
  const run = page.getByRole('region', { name: 'Run', exact: true });
  await timeline(run);
  await run.getByRole('button', { name: /^Each order: Succeeded/ }).click();
  await expect(run.getByText('3 of 3 done, 1 failed')).toBeVisible();
  const rows = run.getByTestId('loop-items').getByRole('row');
  await expect(rows.nth(1)).toContainText('A-1');
  await expect(rows.nth(2)).toContainText('Failed, left out');
  await expect(rows.nth(3)).toContainText('C-3');
  await run.getByRole('radio', { name: 'Failed' }).click();
  await expect(rows).toHaveCount(2);
  await noObstacles(page, 'items of a loop');
});
