import { Editor, holds } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition } from './workflows.ts';

const COMMAND = `curl -X PUT 'https://api.example.com/contacts?source=web&tag=a&tag=b' \\
  -H 'Authorization: Bearer sk_live_hunter2' \\
  -H 'Accept: application/json' \\
  --json '{"name": "Ada", "age": 36}'`;

test('a cURL command fills the HTTP step, and its key goes into a connection', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Pasted', definition({}));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('HTTP request');
  await editor.inspector.getByRole('button', { name: 'Paste cURL' }).click();
  const dialog = page.getByRole('dialog', { name: 'Paste cURL' });
  const box = dialog.getByRole('textbox', { name: 'cURL command' });
  await box.fill("curl https://api.example.com -d 'x");
  await dialog.getByRole('button', { name: 'Fill in' }).click();
  await expect(dialog.getByRole('alert')).toContainText('not closed');
  await noObstacles(page, 'a command that is cut off');
  await box.fill(COMMAND);
  await new Shots(page).everyLook('curl-dialog');
  await dialog.getByRole('button', { name: 'Fill in' }).click();
  await expect(dialog).toBeHidden();

  await holds(editor.field('Address'), 'https://api.example.com/contacts');
  await expect(editor.inspector.getByRole('combobox', { name: 'Method' })).toHaveValue('PUT');
  await holds(editor.field('Value of source'), 'web');
  await holds(editor.field('Value of Accept'), 'application/json');
  await holds(editor.field('Value of name'), 'Ada');
  const done = page.getByTestId('curl-done');
  await expect(done).toContainText('a bearer token');
  await new Shots(page).everyLook('curl-filled');
  await noObstacles(page, 'what a command left');
  await editor.saved();
  const before = await (await api.get(`/api/v1/workflows/${id}`)).text();
  expect(before).toContain('api.example.com/contacts');
  expect(before).not.toContain('hunter2');

  await done.getByRole('button', { name: 'Keep it as a connection' }).click();
  await expect(done).toContainText('kept as the connection “api.example.com”');
  await expect(editor.inspector.getByRole('combobox', { name: 'Connection' }).locator('option:checked')).toHaveText('api.example.com');
  await editor.saved();
  const { draft } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  const [step] = Object.values(draft.steps) as { kind: { connection?: string; input: Record<string, unknown> } }[];
  expect(step.kind.connection).toBeTruthy();
  expect(JSON.stringify(draft)).not.toContain('hunter2');
  const { items } = await (await api.get('/api/v1/connections')).json();
  expect(items.find(({ id: one }: { id: string }) => one === step.kind.connection)).toMatchObject({
    connector: 'http', method: 'bearer', hosts: ['api.example.com'],
  });

  // The whole command is one step back.
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await holds(editor.field('Address'), '');
});

test('a command pasted into the address is taken as one', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Pasted in place', definition({}));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('HTTP request');
  await editor.field('Address').focus();
  const paste = (text: string) => page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(event);
    return event.defaultPrevented;
  }, text);
  await paste('https://plain.example.com');
  await holds(editor.field('Address'), 'https://plain.example.com');
  expect(await paste("curl -u ada:$PASSWORD 'https://api.example.com/x' -F photo=@me.png -F name=Ada")).toBe(true);
  await holds(editor.field('Address'), 'https://api.example.com/x');
  const done = page.getByTestId('curl-done');
  await expect(done).toContainText('has a variable');
  await expect(done).toContainText('“me.png” is on another machine');
});
