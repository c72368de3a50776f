import { Editor, holds } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { create, definition, setFields } from './workflows.ts';

test('an approval says how to ask, whom, and what happens when nobody answers', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Approvals', definition({ ask: { label: 'Ask for it', kind: setFields({ mail: "''" }) } }));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);

  await editor.addStep('Wait for approval');
  await editor.field('Question').fill('Refund it?');
  await editor.field('Question').press('Escape');
  await expect(editor.card('Wait for approval')).toContainText('Ask: Refund it?');
  await expect(editor.inspector.getByTestId('wait-link')).toContainText('{{ links.wait_for_approval }}');
  await expect(editor.inspector.getByText(/^No step before this one uses the link/)).toBeVisible();

  await editor.inspector.getByRole('radio', { name: 'Only these people' }).click();
  const people = editor.inspector.getByRole('textbox', { name: 'Only these people' });
  await people.fill('ada@example.com\nbob@example.com');
  await people.blur();
  await expect(editor.card('Wait for approval')).toContainText('Ask 2 people');
  await editor.inspector.getByRole('radio', { name: 'Carry other steps out' }).click();
  await expect(page.getByRole('button', { name: 'Add a step in “Wait for approval: no answer in time”' })).toBeVisible();
  await noObstacles(page, 'approval');

  await test.step('the step before finds the link among the data', async () => {
    await editor.card('Ask for it').click();
    await editor.field('Value of mail').click();
    await editor.data.getByRole('option').filter({ hasText: /^wait_for_approval/ }).click();
    await holds(editor.field('Value of mail'), /links\.wait_for_approval/);
    await editor.field('Value of mail').press('Escape');
    await editor.card('Wait for approval').click();
    await expect(editor.inspector.getByText('Used before this step')).toBeVisible();
  });

  await test.step('a pause until the next weekday', async () => {
    await editor.addStep('Delay');
    await editor.inspector.getByRole('radio', { name: 'Until the next' }).click();
    await expect(editor.card('Delay')).toContainText('Until the next weekday at 09:00');
    await editor.inspector.getByRole('checkbox', { name: 'Friday' }).uncheck();
    await editor.inspector.getByLabel('At', { exact: true }).fill('10:30');
    await editor.inspector.getByLabel('At', { exact: true }).blur();
    await expect(editor.card('Delay')).toContainText('Monday or Tuesday or Wednesday or Thursday at 10:30');
    await noObstacles(page, 'delay');
  });
  await editor.saved();
  await page.reload();
  await expect(editor.card('Wait for approval')).toContainText('Ask 2 people');
});

test('runs are gathered until there are enough, or it is time', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Gathering', definition({}));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Collect');
  await expect(editor.card('Collect')).toContainText('Go on after 1 h');
  await editor.inspector.getByRole('switch', { name: 'With so many parts' }).click();
  await editor.inspector.getByRole('spinbutton', { name: 'With so many parts' }).fill('25');
  await expect(editor.card('Collect')).toContainText('Go on with 25 parts or after 1 h');
  await editor.inspector.getByRole('switch', { name: 'With so many parts' }).click();
  await editor.inspector.getByRole('switch', { name: 'So long after the first part' }).click();
  await expect(editor.inspector.getByText(/^Choose at least one/)).toBeVisible();
  await editor.inspector.getByRole('switch', { name: 'At set times' }).click();
  await expect(editor.card('Collect')).toContainText('Go on every day at 09:00');
  await noObstacles(page, 'collect');
});
