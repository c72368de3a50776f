import { Editor, send, staysLoaded } from './editor.ts';
import { expect, test } from './harness.ts';
import { timeline } from './runs.ts';
import { Shots } from './shots.ts';
import type { Upstream } from './upstream.ts';

const ADA = { email: 'ada@engines.example', name: 'Ada Lovelace', amount: 4200 };

/** What this workflow sends: alerts of other tests come to the same place. */
const contacts = (upstream: Upstream) => upstream.calls.filter((call) => call.path.startsWith('/contacts'));

test('from nothing to a workflow that runs', async ({ signedIn: page, upstream }) => {
  const editor = new Editor(page);
  let liveUrl = '';

  await test.step('a new workflow asks what starts it', async () => {
    await page.getByRole('button', { name: 'New workflow', exact: true }).click();
    const renamed = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
    await page.getByLabel('Name of the workflow').fill('Orders to the CRM');
    await page.getByLabel('Name of the workflow').press('Enter');
    expect((await renamed).status()).toBe(200);
    await page.getByRole('region', { name: 'Choose what starts it' }).getByRole('button', { name: /^Webhook/ }).click();
    await expect(editor.card('Webhook')).toBeVisible();
  });

  await test.step('an event sent to the test address becomes the sample by itself', async () => {
    const stayed = await staysLoaded(page);
    await expect(editor.inspector.getByText('Waiting for an event…')).toBeVisible();
    await editor.saved();
    const testUrl = await editor.inspector.getByTestId('test-url').locator('code').innerText();
    liveUrl = await editor.inspector.getByTestId('hook-url').locator('code').innerText();
    expect((await send(testUrl, ADA)).status).toBeLessThan(300);
    const capture = editor.inspector.getByTestId('capture');
    await expect(capture).toContainText('Captured');
    await expect(capture).toContainText(ADA.email);
    await stayed();
  });

  await test.step('a filter is built from the data and judged on the sample', async () => {
    await editor.addStep('Filter');
    await editor.insert(editor.field('Value to look at'), 'amount');
    await editor.inspector.getByLabel('Comparison').selectOption({ label: 'is greater than' });
    await editor.field('Compare with').fill('10000');
    await expect(editor.inspector.getByText('The sample does not pass')).toBeVisible();
    await editor.field('Compare with').fill('10');
    await expect(editor.inspector.getByText('The sample passes')).toBeVisible();
    await editor.field('Compare with').press('Escape');
  });

  await test.step('fields show what they come to', async () => {
    await editor.addStep('Set fields');
    await editor.inspector.getByLabel('Name', { exact: true }).fill('email');
    await editor.insert(editor.field('Value of email'), 'email');
    await expect(editor.inspector.getByRole('group', { name: 'Value of email' }).getByText(ADA.email, { exact: true })).toBeVisible();
    await editor.inspector.getByRole('button', { name: 'Add a field' }).click();
    await editor.inspector.getByLabel('Name', { exact: true }).last().fill('total');
    await editor.insert(editor.field('Value of total'), 'amount');
    await expect(editor.inspector.getByRole('group', { name: 'Value of total' }).getByText('4200', { exact: true })).toBeVisible();
  });

  await test.step('a request takes its content from the fields', async () => {
    await editor.addStep('HTTP');
    await editor.field('Address').fill(`${upstream.url}/contacts`);
    await editor.field('Address').press('Escape');
    await editor.inspector.getByRole('radiogroup', { name: 'How to write the content' }).getByRole('radio', { name: 'JSON' }).click();
    await editor.field('Content').fill('{"email": "{{ set_fields.email }}", "total": {{ set_fields.total }}}');
    await editor.inspector.getByText('With the sample').click();
    await expect(editor.inspector.getByText('"total": 4200')).toBeVisible();
  });

  await test.step('every step is tested; a call is shown before it is sent', async () => {
    await editor.testStep('Filter');
    await expect(editor.inspector.getByText('The sample passes.')).toBeVisible();
    await editor.testStep('Set fields');
    await expect(editor.inspector.getByText('Succeeded').first()).toBeVisible();
    await expect(editor.inspector.getByText(ADA.email).first()).toBeVisible();
    await editor.testStep('HTTP request');
    const asked = page.getByRole('dialog', { name: 'This will really be sent' });
    const request = asked.getByTestId('request-preview');
    await expect(request).toContainText('POST');
    await expect(request).toContainText(`${upstream.url}/contacts`);
    await expect(request).toContainText(ADA.email);
    expect(contacts(upstream), 'nothing is sent without a word').toEqual([]);
    await asked.getByRole('button', { name: 'Send it' }).click();
    await expect(editor.inspector.getByText('Succeeded').first()).toBeVisible();
    expect(contacts(upstream).map((call) => [call.method, call.path, JSON.parse(call.body)])).toEqual([
      ['POST', '/contacts', { email: ADA.email, total: 4200 }],
    ]);
  });

  await test.step('it is published and on', async () => {
    await editor.publish();
    await expect(page.getByText('Version 1 is live.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Turn on, pause or turn off' })).toContainText('On · version 1');
  });

  const shots = new Shots(page);
  await shots.editor(async () => {
    await page.getByRole('button', { name: 'Dismiss' }).click();
    // What was agreed to is not asked again.
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await expect(page.getByText('The test went through.')).toBeVisible();
    await editor.card('Set fields').click();
    await editor.inspector.getByRole('tab', { name: 'Set up' }).click();
    await expect(editor.field('Value of email')).toBeVisible();
  });

  await test.step('runs arrive in the list as they happen', async () => {
    upstream.clear();
    await page.getByRole('link', { name: 'Workflows' }).first().click();
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Runs', exact: true })).toBeVisible();
    const stayed = await staysLoaded(page);
    const rows = page.getByRole('row').filter({ hasText: 'Orders to the CRM' });
    await expect(page.getByRole('status').filter({ hasText: /^\s*Live\s*$/ })).toBeVisible();
    await expect(page.getByText(/^These are all\.$|^No runs yet$/).or(page.getByRole('button', { name: 'Load older runs' }))).toBeVisible();
    await expect(rows).toHaveCount(0);
    for (const amount of [500, 3, 700]) {
      expect((await send(liveUrl, { ...ADA, amount })).status).toBeLessThan(300);
    }
    await expect(rows.filter({ hasText: 'Succeeded' })).toHaveCount(2);
    await expect(rows).toHaveCount(2);
    await page.getByRole('button', { name: /^\d+ filtered runs?: show$/ }).click();
    await expect(rows.filter({ hasText: 'Filtered out' })).toHaveCount(1);
    await expect(rows).toHaveCount(3);
    expect(contacts(upstream).map((call) => JSON.parse(call.body).total).sort()).toEqual([500, 700]);
    await stayed();
    await rows.filter({ hasText: 'Succeeded' }).first().getByRole('link', { name: 'Orders to the CRM' }).click();
  });

  await test.step('a run says what each step took and gave', async () => {
    const run = page.getByRole('region', { name: 'Run', exact: true });
    await expect(run.getByText(/^Finished in .*: 3 steps ran/)).toBeVisible();
    await timeline(run);
    await run.getByRole('button', { name: /^Set fields: Succeeded/ }).click();
    await expect(run.getByRole('heading', { name: 'Set fields' })).toBeVisible();
    await expect(run.getByRole('heading', { name: 'Output' })).toBeVisible();
    await expect(run.getByText(ADA.email).first()).toBeVisible();
    await run.getByRole('button', { name: /^HTTP request: Succeeded/ }).click();
    await expect(run.getByRole('heading', { name: 'Input' })).toBeVisible();
    await expect(run.getByText(`${upstream.url}/contacts`).first()).toBeVisible();
    await expect(run.getByText('/contacts', { exact: true }).first()).toBeVisible();
  });
  await shots.others();
});
