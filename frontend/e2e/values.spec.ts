import { Editor, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { open, output, reaches, start, timeline } from './runs.ts';
import { Shots } from './shots.ts';
import { create, definition, from, live, setFields } from './workflows.ts';

test('a mistake in code is shown at its line, and mended there', async ({ signedIn: page, api }) => {
  const { id, testUrl } = await create(api, 'Coded', definition({}));
  expect((await send(testUrl, { amount: 20 })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Code');
  await editor.inspector.getByLabel('Name', { exact: true }).fill('amount');
  await editor.field('Value of amount').fill('{{ event.body.amount }}');
  await editor.field('Value of amount').press('Escape');
  const source = editor.inspector.locator('[data-field=source]').getByRole('textbox');
  await source.fill('const net = input.amount;\nconst tax = rate * net;\nreturn { gross: net + tax };');
  await editor.testStep('Code');
  await expect(editor.inspector.getByText(/line 2/i).first()).toBeVisible();
  await new Shots(page).everyLook('code-failed-test');
  await editor.inspector.getByRole('tab', { name: 'Set up' }).click();
  await expect(source).toHaveAttribute('aria-invalid', 'true');
  await expect(source.locator('.cm-line:has(.cm-lintRange-error)')).toHaveText('const tax = rate * net;');
  await noObstacles(page, 'code with a mistake');
  await new Shots(page).everyLook('code-failed');

  await source.fill('const net = input.amount;\nconst tax = 0.25 * net;\nreturn { gross: net + tax };');
  await expect(source).not.toHaveAttribute('aria-invalid', 'true');
  await editor.testStep('Code');
  await expect(editor.inspector.getByText('Succeeded')).toBeVisible();
  await expect(editor.inspector.getByText('25', { exact: true }).first()).toBeVisible();
  await new Shots(page).everyLook('code-mended');
});

test('a test of the whole workflow marks the line of code that is open, and the next one takes the mark away', async ({ signedIn: page, api }) => {
  const source = 'const name = input.name;\nreturn name.toUpperCase();';
  const steps = definition({
    who: { label: 'Who it is', kind: setFields({ name: 'event.body.name' }) },
    shout: { label: 'Shout', kind: { type: 'code', source, input: { name: from('who.name') } } },
  });
  const { id, testUrl } = await create(api, 'Marks', steps);
  expect((await send(testUrl, { name: 'ada', age: 36 })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Who it is').click();
  await editor.field('Value of name').fill('{{ event.body.age }}');
  await editor.field('Value of name').press('Escape');
  await editor.card('Shout').click();
  const code = editor.inspector.getByRole('textbox', { name: 'Code', exact: true });
  const marked = code.locator('.cm-line:has(.cm-lintRange-error)');
  await expect(code.locator('.tok-keyword').first()).toHaveText('const');
  const test = page.getByRole('button', { name: 'Test', exact: true });
  await test.click();
  await expect(marked).toHaveText('return name.toUpperCase();');
  await expect(code).toHaveAttribute('aria-invalid', 'true');
  // What was wrong stands in another step: the code that is open stays as it is.
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(marked).toHaveCount(1);
  await test.click();
  await expect(page.getByText('The test went through.')).toBeVisible();
  await expect(marked).toHaveCount(0);
  await expect(code).not.toHaveAttribute('aria-invalid', 'true');
});

test('code that fails says its line on the page of the run', async ({ signedIn: page, api }) => {
  const source = 'const name = input.name;\nreturn name.toUpperCase();';
  const code = { type: 'code', source, input: { name: from('event.body.name') } };
  const { url } = await live(api, 'Shouts', definition({ shout: { label: 'Shout', kind: code } }));
  expect(output(await reaches(api, await start(url, { name: 'ada' }), 'succeeded'), 'shout')).toEqual('ADA');
  const failed = await reaches(api, await start(url, { name: 7 }), 'failed');
  const run = await open(page, failed.run.id);
  await expect(run.getByText(/^Failed at “Shout”: .*Line 2/)).toBeVisible();
  await new Shots(page).everyLook('code-run');
});

test('a counter keeps counting from run to run', async ({ signedIn: page, api }) => {
  const count = { type: 'store', key: from('event.body.who'), op: { type: 'increment' } };
  const { url } = await live(api, 'Counts', definition({ count: { label: 'Count', kind: count } }));
  const values: unknown[] = [];
  let id = '';
  for (let n = 0; n < 3; n++) {
    id = await start(url, { who: 'ada' });
    values.push(output(await reaches(api, id, 'succeeded'), 'count'));
  }
  expect(values).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
  expect(output(await reaches(api, await start(url, { who: 'bob' }), 'succeeded'), 'count')).toEqual({ value: 1 });
  const run = await open(page, id);
  await timeline(run);
  await run.getByRole('button', { name: /^Count: Succeeded/ }).click();
  await noObstacles(page, 'run with a counter');
  await new Shots(page).everyLook('store-run');
});

test('a table maps values, and says what it did not find', async ({ signedIn: page, api }) => {
  const rows = [{ from: 'de', to: { literal: 'Germany' } }, { from: 'fr', to: { literal: 'France' } }];
  const map = { type: 'lookup', value: from('event.body.country'), rows, loose: true };
  const steps = definition({
    map: { label: 'Country by code', kind: map },
    keep: { label: 'Keep it', kind: setFields({ name: 'map.value' }) },
  });
  const { url } = await live(api, 'Countries', steps);
  expect(output(await reaches(api, await start(url, { country: ' DE ' }), 'succeeded'), 'keep')).toEqual({ name: 'Germany' });
  const failed = await reaches(api, await start(url, { country: 'es' }), 'failed');
  const run = await open(page, failed.run.id);
  await expect(run.getByText(/^Failed at “Country by code”: .*es/)).toBeVisible();
  await new Shots(page).everyLook('lookup-run');
});

test('three operations reshape a list, each shown with the sample', async ({ signedIn: page, api }) => {
  const operations = [
    { op: 'sort', with: { by: { literal: 'count' }, order: { literal: 'down' } } },
    { op: 'map', with: { field: { literal: 'sku' } } },
    { op: 'join', with: { separator: { literal: ' + ' } } },
  ];
  const transform = { type: 'transform', input: from('event.body.lines'), operations };
  const steps = definition({ list: { label: 'List the articles', kind: transform } });
  const lines = [{ sku: 'A-1', count: 2 }, { sku: 'B-2', count: 9 }, { sku: 'C-3', count: 4 }];
  const { id: workflow, url, testUrl } = await live(api, 'Articles', steps);
  expect((await send(testUrl, { lines })).status).toBeLessThan(300);
  const id = await start(url, { lines });
  expect(output(await reaches(api, id, 'succeeded'), 'list')).toEqual({ value: 'B-2 + C-3 + A-1' });
  const run = await open(page, id);
  await timeline(run);
  await run.getByRole('button', { name: /^List the articles: Succeeded/ }).click();
  await expect(run.getByText('B-2 + C-3 + A-1').first()).toBeVisible();
  await new Shots(page).everyLook('transform-run');
  await page.goto(`/workflows/${workflow}`);
  const editor = new Editor(page);
  await editor.card('List the articles').click();
  await expect(editor.inspector.getByTestId('operation')).toHaveCount(3);
  await expect(editor.inspector.getByTestId('operation').last()).toContainText('B-2 + C-3 + A-1');
  await noObstacles(page, 'transform');
  await new Shots(page).everyLook('transform');

  const failed = await reaches(api, await start(url, { lines: 'none' }), 'failed');
  await open(page, failed.run.id);
  await expect(run.getByText(/^Failed at “List the articles”: .*Operation 1/)).toBeVisible();
});
