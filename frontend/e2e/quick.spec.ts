import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { Shots } from './shots.ts';

/** Presses, choices and texts typed, from the list of workflows until it is on. */
const MOST = 30;

test('a website form to HubSpot and Slack takes few actions', async ({ signedIn: page, api, browser }) => {
  const editor = new Editor(page);
  const picker = page.getByTestId('picker');
  let actions = 0;
  const act = async (one: Promise<unknown>): Promise<void> => {
    actions += 1;
    await one;
  };
  const add = async (words: string, label: string): Promise<void> => {
    await act(page.getByTestId('slot').last().click());
    await act(picker.getByRole('combobox').fill(words));
    await expect(picker.getByRole('option', { selected: true })).toContainText(label);
    await act(picker.getByRole('combobox').press('Enter'));
    await act(editor.inspector.getByRole('button', { name: 'Use a simulated account' }).click());
    await expect(editor.inspector.getByRole('combobox', { name: 'Connection' })).toContainText('sandbox');
    await expect(editor.inspector.getByRole('button', { name: 'Use a simulated account' })).toBeHidden();
  };

  await page.goto('/workflows');
  await act(page.getByRole('button', { name: 'New workflow', exact: true }).click());
  await act(page.getByRole('region', { name: 'Choose what starts it' }).getByRole('button', { name: /^Form/ }).click());
  await expect(editor.inspector.getByRole('textbox', { name: 'Title' })).toHaveValue('Contact us');
  await add('hubspot add or update', 'Add or update a contact');
  const fill = editor.inspector.getByRole('button', { name: 'Fill in 3 fields from the data' });
  await new Shots(page).everyLook('fill-in');
  await act(fill.click());
  await expect(fill).toBeHidden();
  await expect(editor.field('E-mail address')).toHaveAttribute('data-text', /body\.email/);

  await add('slack send a message', 'Send a message');
  const channel = editor.inspector.getByRole('combobox', { name: 'Channel' });
  await act(channel.click());
  await act(page.getByRole('option', { name: '#sales' }).click());
  const text = editor.field('Text');
  await act(text.click());
  await act(page.keyboard.type('New contact: '));
  await act(editor.data.getByRole('option').filter({ hasText: /^first_name/ }).first().click());
  await expect(text).toHaveAttribute('data-text', /New contact: \{\{.*first_name.*\}\}/);
  await text.press('Escape');

  await editor.saved();
  await act(page.getByRole('button', { name: /publish/i }).click());
  await act(page.getByRole('dialog', { name: 'Review and publish' }).getByRole('button', { name: 'Publish and turn on' }).click());
  await expect(page.getByText('Version 1 is live.')).toBeVisible();
  console.log(`    ${actions} actions from the list of workflows until it is on`);
  expect(actions).toBeLessThanOrEqual(MOST);

  await editor.card('Form').click();
  const address = await editor.inspector.getByTestId('form-url').locator('code').innerText();
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(address);
  await stranger.getByLabel('First name').fill('Ada');
  await stranger.getByLabel('Last name').fill('Lovelace');
  await stranger.getByLabel('Email').fill('ada@engines.example');
  await stranger.getByRole('button', { name: 'Send' }).click();
  await expect(stranger.getByText('Thank you. We have received it.')).toBeVisible();
  const workflow = page.url().match(/wf_[0-9a-z]+/)?.[0];
  const runs = async () => (await (await api.get(`/api/v1/runs?workflow=${workflow}`)).json()).items;
  await expect.poll(async () => (await runs()).map((run: { status: string }) => run.status)).toEqual(['succeeded']);
  await stranger.context().close();
});
