import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { create, definition, setFields } from './workflows.ts';

// However a list of choices is left, the next press does what it says.
test('a card pressed right after a list of choices opens', async ({ signedIn: page, api }) => {
  const made = await api.post('/api/v1/connections', { data: { connector: 'slack', method: 'bot_token', label: 'Slack to leave', sandbox: true } });
  const { id: connection } = await made.json();
  const kind = { type: 'action', connector: 'slack', version: 1, operation: 'send_message', connection, input: {} };
  const steps = { say: { label: 'Say it', kind }, other: { label: 'Other', kind: setFields({ a: '1' }) } };
  const { id } = await create(api, 'Left lists', definition(steps));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const name = editor.inspector.getByRole('textbox', { name: 'Name of the step' });
  const channel = editor.inspector.getByRole('combobox', { name: 'Channel' });
  const options = editor.inspector.locator('.combo-list').getByRole('option');
  const ways: [string, () => Promise<void>][] = [
    ['while it is being read', async () => page.keyboard.press('Escape')],
    ['once it is there', async () => { await expect(options.first()).toBeVisible(); await page.keyboard.press('Escape'); }],
    ['with half a word in it', async () => { await channel.pressSequentially('zz'); await page.keyboard.press('Escape'); }],
    ['with half a word, without a key', async () => channel.pressSequentially('yy')],
    ['by two keys at once', async () => { await page.keyboard.press('Escape'); await page.keyboard.press('Escape'); }],
    ['without any key', async () => {}],
  ];
  for (const [way, leave] of ways) {
    await editor.card('Say it').click();
    await expect(name, way).toHaveValue('Say it');
    await channel.click();
    await leave();
    await editor.card('Other').click({ timeout: 5_000 });
    await expect(name, way).toHaveValue('Other');
    // The page still answers.
    await editor.inspector.getByRole('button', { name: 'More about this step' }).click();
    await expect(page.getByRole('menuitem', { name: 'Duplicate' }), way).toBeVisible();
    await page.keyboard.press('Escape');
  }
});
