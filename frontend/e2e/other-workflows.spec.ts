import { Editor, holds } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition } from './workflows.ts';

test('a workflow starts another one through the fields it asks for', async ({ signedIn: page, api }) => {
  await test.step('one workflow can be started by others', async () => {
    await page.getByRole('button', { name: 'New workflow', exact: true }).click();
    const editor = new Editor(page);
    await page.getByLabel('Name of the workflow').fill('Book an order');
    await page.getByLabel('Name of the workflow').press('Enter');
    await page.getByRole('region', { name: 'Choose what starts it' }).getByRole('button', { name: /^Another workflow/ }).click();
    await editor.inspector.getByRole('button', { name: 'Add a field' }).click();
    await editor.inspector.getByLabel('Label', { exact: true }).fill('Customer');
    await editor.inspector.getByRole('button', { name: 'Add a value' }).click();
    await editor.inspector.getByLabel('Name', { exact: true }).fill('number');
    await editor.field('Value of number').fill('{{ event.body.customer }}');
    await editor.field('Value of number').press('Escape');
    await expect(editor.card('Another workflow')).toContainText('Takes 1 field, gives 1 value back');
    await noObstacles(page, 'workflow trigger');
    await editor.saved();
  });

  await test.step('another one chooses it and fills its fields in', async () => {
    const { id } = await create(api, 'Takes orders', definition({}));
    await page.goto(`/workflows/${id}`);
    const editor = new Editor(page);
    await editor.addStep('Run a workflow');
    await expect(editor.card('Run a workflow')).toContainText('No workflow chosen yet');
    await editor.inspector.getByLabel('Workflow', { exact: true }).selectOption({ label: 'Book an order' });
    await expect(editor.field('Customer')).toBeVisible();
    await expect(editor.inspector.getByText('Later steps find number under run_a_workflow.output.')).toBeVisible();
    await expect(editor.inspector.getByText(/^It is not published yet/)).toBeVisible();
    await expect(editor.card('Run a workflow')).toContainText('Run “Book an order”');
    await noObstacles(page, 'sub-workflow');
    await editor.saved();
  });
});

test('what holds for the whole workflow is kept', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Settings', definition({}));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const open = async () => {
    await page.getByRole('button', { name: 'More about this workflow' }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    return page.getByRole('dialog', { name: 'Settings' });
  };
  const settings = await open();
  await settings.getByRole('switch', { name: /^Keep the order/ }).click();
  await settings.getByRole('textbox', { name: 'Belongs together by' }).fill('{{ event.body.customer }}');
  await settings.getByRole('switch', { name: /^Limit how many runs begin/ }).click();
  await settings.getByRole('spinbutton', { name: /^Limit how many runs begin/ }).fill('30');
  await settings.getByLabel('Priority').selectOption({ label: 'High' });
  await settings.getByRole('spinbutton', { name: 'Keep failed runs for' }).fill('120');
  await settings.getByRole('radio', { name: 'Of failed runs' }).click();
  await noObstacles(page, 'settings');
  await new Shots(page).everyLook('settings');
  await page.keyboard.press('Escape');
  await editor.saved();
  await page.reload();
  await expect(editor.card('New event')).toBeVisible();
  const again = await open();
  await holds(again.getByRole('textbox', { name: 'Belongs together by' }), '{{ event.body.customer }}');
  await expect(again.getByRole('spinbutton', { name: /^Limit how many runs begin/ })).toHaveValue('30');
  await expect(again.getByLabel('Priority')).toHaveValue('5');
  await expect(again.getByRole('spinbutton', { name: 'Keep failed runs for' })).toHaveValue('120');
  await expect(again.getByRole('radio', { name: 'Of failed runs' })).toBeChecked();
});

test('a viewer sees everything and can change nothing', async ({ signedIn: owner, browser, server, api }) => {
  const { id } = await create(api, 'Only to look at', definition({ stop: { label: 'Stop here', kind: { type: 'stop', result: 'success' } } }));
  await owner.goto(`/workflows/${id}`);
  await expect(owner.getByTestId('slot')).toHaveCount(2);
  const made = await api.post('/api/v1/tokens', { data: { name: 'viewer', role: 'viewer' } });
  const { secret } = await made.json();
  const context = await browser.newContext({ baseURL: server.url, extraHTTPHeaders: { Authorization: `Bearer ${secret}` } });
  const page = await context.newPage();
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await expect(page.getByTestId('read-only')).toContainText('You can look, but not change anything.');
  await expect(page.getByTestId('slot')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Test', exact: true })).toHaveCount(0);
  await editor.card('Stop here').click();
  await expect(editor.field('Message on the run')).toBeDisabled();
  await editor.card('Stop here').press('Delete');
  await expect(editor.card('Stop here')).toBeVisible();
  await noObstacles(page, 'read-only editor');
  await context.close();
});
