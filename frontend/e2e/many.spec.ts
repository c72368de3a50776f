import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, post } from './workflows.ts';

const fields = [
  { key: 'email', label: 'E-mail', kind: 'email', required: true },
  { key: 'seats', label: 'Seats', kind: 'number' },
];
const invitations = (url: string) => ({
  ...definition({ invite: { label: 'Invite', kind: post(`${url}/invite`, from('event.body')) } }),
  triggers: [{ id: 'start', label: 'By hand', kind: { type: 'manual', fields } }],
});

test('a workflow runs for every row of a table', async ({ signedIn: page, api, upstream }) => {
  const shots = new Shots(page);
  const { id } = await live(api, 'Invitations', invitations(upstream.url));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('By hand').click();
  await editor.inspector.getByRole('button', { name: 'Run for many…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run for many' });

  await test.step('a row that does not fit is named, and nothing can begin', async () => {
    await dialog.getByRole('textbox', { name: 'Table' }).fill('Mail;SEATS;Comment\n"ada@example.com";2;first\nnobody;3;\nbob@example.com;x;');
    // Its column is named otherwise.
    await expect(dialog.getByRole('alert')).toContainText('Row 1: “E-mail” is required.');
    await dialog.getByRole('combobox', { name: 'Column for E-mail' }).selectOption('Mail');
    await expect(dialog.getByRole('alert')).toContainText('Row 2: “E-mail” must be an e-mail address.');
    await expect(dialog.getByRole('alert')).toContainText('Row 3: “Seats” must be a number.');
    await expect(dialog.getByRole('button', { name: 'Start 3 runs' })).toBeDisabled();
    await noObstacles(page, 'rows that do not fit');
    await shots.everyLook('many-wrong');
    // Further typing takes nothing back that was chosen, not even while a quote is open.
    const table = dialog.getByRole('textbox', { name: 'Table' });
    await table.press('ControlOrMeta+End');
    await table.pressSequentially('\n"eve@example.com";4');
    await expect(dialog.getByRole('button', { name: 'Start 4 runs' })).toBeDisabled();
    await expect(dialog.getByRole('combobox', { name: 'Column for E-mail' })).toHaveValue('0');
    await expect(dialog.getByRole('alert')).toContainText('Row 2: “E-mail” must be an e-mail address.');
    await expect(dialog.getByRole('alert')).not.toContainText('is required');
  });

  await test.step('a file is read, and each of its rows is run once', async () => {
    const names = ['ada', 'bob', 'eve'];
    const text = `E-mail,Seats\n${names.map((name, at) => `${name}@example.com,${at + 1}`).join('\n')}\n`;
    await dialog.getByLabel('Choose a CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await expect(dialog.getByRole('alert')).toHaveCount(0);
    await expect(dialog.getByRole('cell', { name: 'eve@example.com' })).toBeVisible();
    await dialog.getByLabel('Pace').selectOption('As fast as it goes: 20 a second');
    await shots.everyLook('many-ready');
    await dialog.getByRole('button', { name: 'Start 3 runs' }).click();
    await expect(dialog.getByTestId('many-progress')).toContainText('3 of 3 runs begun. Done.', { timeout: 15_000 });
    await expect.poll(() => upstream.calls.map((call) => call.body).sort()).toEqual(
      names.map((name, at) => JSON.stringify({ email: `${name}@example.com`, seats: at + 1 })),
    );
    await noObstacles(page, 'rows that were run');
  });

  await test.step('a slow one is stopped on the way', async () => {
    await dialog.getByRole('button', { name: 'Another table' }).click();
    await dialog.getByRole('textbox', { name: 'Table' }).fill('E-mail\na@example.com\nb@example.com\nc@example.com');
    await dialog.getByLabel('Pace').selectOption('One a minute');
    await dialog.getByRole('button', { name: 'Start 3 runs' }).click();
    await expect(dialog.getByTestId('many-progress')).toContainText('1 of 3 runs begun.', { timeout: 15_000 });
    // Another card, and the page loaded again: it is still there to be watched, and stopped.
    await expect(page).toHaveURL(/\?bulk=job_/);
    await page.keyboard.press('Escape');
    await editor.card('Invite').click();
    await editor.card('By hand').click();
    await expect(editor.inspector.getByText('1 of 3 runs begun.')).toBeVisible();
    await page.reload();
    await editor.card('By hand').click();
    await expect(editor.inspector.getByText('1 of 3 runs begun.')).toBeVisible();
    await editor.inspector.getByRole('button', { name: 'Run for many…' }).click();
    await dialog.getByRole('button', { name: 'Stop' }).click();
    await expect(dialog.getByTestId('many-progress')).toContainText('Stopped; what has begun goes on.');
    await dialog.getByRole('link', { name: 'See the runs' }).click();
    await expect(page).toHaveURL(new RegExp(`/runs\\?workflow=${id}`));
    await all(api, id, 4, 'succeeded');
  });
});
