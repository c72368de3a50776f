import AxeBuilder from '@axe-core/playwright';
import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { create, live } from './workflows.ts';

const step = { note: { slug: 'note', label: 'Note', kind: { type: 'set', fields: [{ name: 'who', value: { expr: 'event.body.email' } }] } } };

function form(more: object = {}): object {
  const kind = {
    type: 'form',
    title: 'Join the tour',
    about: 'We write back within a day.\n\nBring good shoes.',
    submit: 'Join',
    thanks: 'You are in. See you there.',
    fields: [
      { key: 'email', label: 'E-mail', kind: 'email', required: true, help: 'Where we write to.' },
      { key: 'seats', label: 'Seats', kind: 'number', default: 1 },
      { key: 'size', label: 'Shirt', kind: 'choice', choices: ['S', 'M', 'L'] },
      { key: 'day', label: 'Day', kind: 'date' },
      { key: 'note', label: 'Anything else', kind: 'long_text' },
      { key: 'cv', label: 'Picture', kind: 'file' },
      { key: 'rules', label: 'I will be careful', kind: 'switch', required: true },
    ],
    ...more,
  };
  return { schema: 1, triggers: [{ id: 'form', label: 'Form', kind }], steps: step, body: ['note'] };
}

test('a form is built, published, filled in without scripts, and starts a run', async ({ signedIn: page, api, browser }) => {
  const { id } = await create(api, 'Tour', { schema: 1, triggers: [], steps: step, body: ['note'] });
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await page.getByRole('treeitem', { name: /^Choose what starts it/ }).click();
  await page.locator('[data-choice="form"]').first().click();
  await editor.inspector.getByRole('textbox', { name: 'Title' }).fill('Join the tour');
  await editor.inspector.getByRole('button', { name: 'Add a field' }).click();
  await editor.inspector.getByRole('textbox', { name: 'Label' }).last().fill('Company');
  await editor.inspector.getByRole('textbox', { name: 'Help shown with the field' }).last().fill('If there is one.');
  await expect(editor.inspector.getByTestId('form-url')).toContainText('/forms/');
  await noObstacles(page, 'form-editor');
  await editor.saved();
  await editor.publish();

  const address = await editor.inspector.getByTestId('form-url').locator('code').innerText();
  const stranger = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await stranger.goto(address);
  await expect(stranger).toHaveTitle('Join the tour · Patchbay');
  await expect(stranger.getByLabel('Company')).toBeVisible();
  await stranger.getByLabel('First name').fill('Ada');
  await stranger.getByLabel('Email').fill('ada@example.com');
  await stranger.keyboard.press('Enter');
  await expect(stranger.getByRole('heading', { name: 'Join the tour' })).toBeVisible();
  await expect(stranger.getByText('Thank you. We have received it.')).toBeVisible();
  await stranger.reload();
  await expect
    .poll(async () => (await (await api.get(`/api/v1/runs?workflow=${id}`)).json()).items.map((run: { status: string }) => run.status))
    .toEqual(['succeeded']);
  await page.goto('/runs');
  await expect(page.getByRole('link', { name: 'Tour', exact: true }).first()).toBeVisible();
  await stranger.context().close();
});

test('mistakes are said beside their fields, and what was typed is kept', async ({ api, browser }) => {
  const { url } = await live(api, 'Mistakes', form());
  for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme });
      const page = await context.newPage();
      await page.goto(url);
      const shot = (name: string) =>
        process.env.E2E_SHOTS ? page.screenshot({ path: `${process.env.E2E_SHOTS}/form-${name}-${viewport.width}-${colorScheme}.png`, fullPage: true }) : undefined;
      const clean = async () => expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await clean();
      await shot('open');
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out').toBe(true);
      await page.getByLabel('E-mail').fill('ada@localhost');
      await page.getByLabel('Seats').fill('many');
      await page.getByLabel('M', { exact: true }).check();
      await page.getByLabel('Anything else').fill('A line\nand another');
      await page.getByLabel('I will be careful').check();
      await page.getByRole('button', { name: 'Join' }).click();
      await expect(page).toHaveTitle(/^Not sent yet: Join the tour/);
      await expect(page.getByLabel('E-mail')).toHaveValue('ada@localhost');
      await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(/Where we write to\..*not an e-mail address/);
      await expect(page.getByLabel('Seats')).toHaveValue('many');
      await expect(page.getByLabel('M', { exact: true })).toBeChecked();
      await expect(page.getByLabel('Anything else')).toHaveValue('A line\nand another');
      await expect(page.getByRole('alert').getByRole('link')).toHaveText(['E-mail', 'Seats']);
      await clean();
      await shot('mistakes');
      await page.getByRole('alert').getByRole('link', { name: 'Seats' }).click();
      await page.getByLabel('E-mail').fill('ada@example.com');
      await page.getByLabel('Seats').fill('2');
      await page.getByLabel('Picture').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('png') });
      await page.getByRole('button', { name: 'Join' }).click();
      await expect(page.getByText('You are in. See you there.')).toBeVisible();
      await clean();
      await shot('thanks');
      await context.close();
    }
  }
  const events = await (await api.get('/api/v1/events')).json();
  expect(events.items.length).toBeGreaterThanOrEqual(4);
});

test('the page goes by keyboard, and programs are not taken for people', async ({ api, browser }) => {
  const { url } = await live(api, 'Keys', form({ fields: [{ key: 'a', label: 'First', kind: 'text' }, { key: 'b', label: 'Second', kind: 'text' }] }));
  const page = await browser.newPage();
  await page.goto(url);
  const stops = [];
  for (let press = 0; press < 3; press++) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => (document.activeElement as HTMLElement).getAttribute('name') ?? document.activeElement?.textContent));
  }
  expect(stops).toEqual(['field.a', 'field.b', 'Join']);
  await page.locator('#homepage').evaluate((input: HTMLInputElement) => (input.value = 'https://spam.example'));
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByRole('alert')).toContainText('a program');
  await page.close();
});
