import { Editor, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, live, setFields } from './workflows.ts';

test('the card under the focus is the one that opens', async ({ signedIn: page, api }) => {
  const steps = { one: { label: 'One', kind: setFields({ a: '1' }) }, two: { label: 'Two', kind: setFields({ b: '2' }) } };
  const { id } = await create(api, 'Focus', definition(steps));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('One').click();
  await page.keyboard.press('Escape');
  await expect(editor.inspector).toBeHidden();
  // As a screen reader does: straight to another card.
  await editor.card('Two').focus();
  await expect(editor.card('Two')).toHaveAttribute('tabindex', '0');
  await expect(editor.card('One')).toHaveAttribute('tabindex', '-1');
  await page.keyboard.press('Enter');
  await expect(editor.inspector.getByRole('textbox', { name: 'Name of the step' })).toHaveValue('Two');
  await page.keyboard.press('Escape');
  await editor.card('One').focus();
  await page.keyboard.press('ArrowDown');
  await expect(editor.card('Two')).toBeFocused();
});

test('requests show up by themselves, with what became of each', async ({ signedIn: page, api }) => {
  const { id, url, testUrl } = await live(api, 'Requests', definition({ one: { label: 'One', kind: setFields({ a: '1' }) } }));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('New event').click();
  await editor.inspector.getByRole('tab', { name: 'Requests' }).click();
  const requests = page.getByTestId('requests');
  await expect(requests).toContainText('Nothing has come yet');
  expect((await send(url, { email: 'ada@example.com' })).status).toBeLessThan(300);
  await fetch(url, { method: 'DELETE' });
  expect((await send(testUrl, { email: 'test@example.com' })).status).toBeLessThan(300);
  await expect(requests.locator('details')).toHaveCount(3);
  await expect(requests.locator('summary').filter({ hasText: 'Refused' })).toContainText('DELETE');
  const accepted = requests.locator('details').filter({ hasText: 'Started a run' });
  await accepted.locator('summary').click();
  await expect(accepted.getByText('ada@example.com')).toBeVisible();
  await expect(accepted.getByText('content-type')).toBeVisible();
  await new Shots(page).everyLook('requests');
  await noObstacles(page, 'the last requests');
  await accepted.getByRole('button', { name: 'Use as sample' }).click();
  await editor.inspector.getByRole('tab', { name: 'Samples' }).click();
  await expect(editor.inspector.getByText('ada@example.com').first()).toBeVisible();
});

test('a viewer finds nothing to press', async ({ signedIn: owner, browser, server, api }) => {
  const request = { type: 'action', connector: 'http', version: 1, operation: 'request', input: { url: { literal: 'https://a.example' } } };
  const { id, testUrl } = await create(api, 'Nothing to press', definition({ call: { label: 'Call', kind: request } }));
  expect((await send(testUrl, { email: 'ada@example.com' })).status).toBeLessThan(300);
  await owner.goto(`/workflows/${id}`);
  const theirs = new Editor(owner);
  await theirs.card('Call').click();
  await expect(theirs.inspector.getByRole('button', { name: 'Paste cURL' })).toBeVisible();
  const { secret } = await (await api.post('/api/v1/tokens', { data: { name: 'onlooker', role: 'viewer' } })).json();
  const context = await browser.newContext({ baseURL: server.url, extraHTTPHeaders: { Authorization: `Bearer ${secret}` } });
  const page = await context.newPage();
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Call').click();
  await expect(editor.field('Address')).toBeDisabled();
  for (const name of ['Paste cURL', 'Insert data', 'Add', 'Test this step', 'More about this step']) {
    await expect(editor.inspector.getByRole('button', { name, exact: true })).toHaveCount(0);
  }
  await editor.card('New event').click();
  await editor.inspector.getByRole('tab', { name: 'Samples' }).click();
  await expect(editor.inspector.getByText('ada@example.com').first()).toBeVisible();
  await expect(editor.inspector.getByRole('button', { name: 'Write one' })).toHaveCount(0);
  await expect(editor.inspector.getByRole('button', { name: 'Forget this sample' })).toHaveCount(0);
  await new Shots(page).everyLook('viewer');
  await noObstacles(page, 'the editor for a viewer');
  await context.close();
});

test('what works on a simulated account is marked', async ({ signedIn: page, api }) => {
  const made = await api.post('/api/v1/connections', { data: { connector: 'slack', method: 'bot_token', label: 'Slack to try', sandbox: true } });
  expect(made.status(), await made.text()).toBeLessThan(300);
  const { id: connection } = await made.json();
  const kind = { type: 'action', connector: 'slack', version: 1, operation: 'send_message', connection, input: {} };
  const { id } = await create(api, 'Simulated', definition({ say: { label: 'Say it', kind } }));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await expect(editor.card('Say it')).toContainText('Sandbox');
  await editor.card('Say it').click();
  await expect(editor.inspector.getByText('Sandbox', { exact: true })).toBeVisible();
  // Its choices come from the simulated account.
  const channel = editor.inspector.getByRole('combobox', { name: 'Channel' });
  await channel.click();
  await expect(editor.inspector.locator('.combo-list').getByRole('option').first()).toBeVisible();
  await new Shots(page).everyLook('sandbox-mark');
  await noObstacles(page, 'a step in the sandbox');
});
