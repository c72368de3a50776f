import { Editor, holds, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, post } from './workflows.ts';

test('code has colours, a mark where it cannot be read, and the undo of the workflow', async ({ signedIn: page, api }) => {
  const source = 'const total = input.price * 1.2;\nreturn { total };';
  const { id } = await create(api, 'Lines', definition({ code: { label: 'Reckon', kind: { type: 'code', source, input: {} } } }));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Reckon').click();
  const field = editor.inspector.getByRole('textbox', { name: 'Code', exact: true });
  await expect(field.locator('.tok-keyword').first()).toHaveText('const');
  await holds(field, source);
  await new Shots(page).everyLook('code');
  await noObstacles(page, 'code with colours');
  await field.fill('const total = 1;\nreturn { total + ;\n// <img src=x onerror=alert(1)> שלום');
  await expect(editor.inspector.getByText('Line 2: this is not valid JavaScript yet.')).toBeVisible();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field.locator('.cm-line:has(.cm-lintRange-error)').first()).toHaveText('return { total + ;');
  await expect(editor.inspector.locator('.cm-lint-marker-error')).toHaveCount(1);
  await expect(page.locator('.code-live img:not(.cm-widgetBuffer)')).toHaveCount(0);
  await new Shots(page).everyLook('code-wrong');
  await field.focus();
  await page.keyboard.press('Control+z');
  await holds(field, source);
  await expect(editor.inspector.getByText(/this is not valid JavaScript/)).toBeHidden();
  await page.keyboard.press('Tab');
  await expect(field).not.toBeFocused();
  await editor.saved();
});

test('JSON keeps its pills, and says where it stops being JSON', async ({ signedIn: page, api }) => {
  const kind = post('https://api.example.com', { object: [{ key: { literal: 'to' }, value: { expr: 'event.body.email' } }] });
  const { id, testUrl } = await create(api, 'Bodies', definition({ call: { label: 'Call', kind } }));
  expect((await send(testUrl, { email: 'ada@engines.example', name: 'Ada' })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Call').click();
  await editor.inspector.getByRole('radiogroup', { name: 'How to write the content' }).getByRole('radio', { name: 'JSON' }).click();
  const field = editor.field('Content');
  await field.fill('{\n  "to": {{ event.body.email }},\n  "copies": [1, 2, true, null]\n}');
  await expect(field.locator('.pill')).toHaveText(/New event\s*email/);
  await expect(field.locator('.tok-propertyName').first()).toHaveText('"to"');
  await page.keyboard.press('Escape');
  await editor.inspector.getByText('With the sample').click();
  await expect(editor.inspector.locator('.prev-json pre')).toContainText('"to": "ada@engines.example"');
  await field.fill('{\n  "to": {{ event.body.email }},\n  "copies": [1, 2\n}');
  await expect(editor.inspector.getByText(/This is no JSON yet: look at line 4/)).toBeVisible();
  await expect(field.locator('.cm-line:has(.cm-lintRange-error)')).toHaveText('}');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await page.keyboard.press('Escape');
  await new Shots(page).everyLook('json-wrong');
  await noObstacles(page, 'JSON that is none');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.type(']');
  await expect(editor.inspector.getByText(/This is no JSON yet/)).toBeHidden();
  await editor.saved();
});

test('JSON takes the first press of the mouse and the first drop', async ({ signedIn: page, api }) => {
  const kind = post('https://api.example.com', { object: [{ key: { literal: 'to' }, value: { expr: 'event.body.email' } }] });
  const { id, testUrl } = await create(api, 'Pressed', definition({ call: { label: 'Call', kind } }));
  expect((await send(testUrl, { email: 'ada@engines.example', name: 'Ada' })).status).toBeLessThan(300);
  const editor = new Editor(page);
  const field = editor.field('Content');
  // As it is when the editor of texts has been loaded, and that of JSON has not.
  const fresh = async (): Promise<void> => {
    await page.goto(`/workflows/${id}`);
    await editor.card('Call').click();
    await editor.inspector.getByRole('radiogroup', { name: 'How to write the content' }).getByRole('radio', { name: 'JSON' }).click();
    await editor.field('Address').click();
    await expect(editor.data).toBeVisible();
  };
  await test.step('a press', async () => {
    await fresh();
    await field.click();
    await expect(field).toBeFocused();
    await expect(field.locator('.tok-propertyName').first()).toHaveText('"to"');
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type(' ');
    await holds(field, /\} $/);
  });
  await test.step('a drop', async () => {
    await page.reload();
    await fresh();
    await editor.data.getByRole('option').filter({ hasText: /^name/ }).first().dragTo(field);
    await holds(field, /\{\{ event\.body\.name \}\}/);
    await expect(field).toBeFocused();
    await expect(field.locator('.pill')).toHaveCount(2);
  });
});
