import type { Page } from '@playwright/test';
import { Editor, holds, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, from, post, setFields } from './workflows.ts';

const HOSTILE = '<img src=x onerror=alert(1)> "q"';
const event = {
  email: 'ada@engines.example',
  name: 'ada lovelace',
  price: '1.234,56',
  tags: ['vip', 'press'],
  address: { city: 'London', 'post code': 'W1' },
  [HOSTILE]: 'odd',
  'שם': 'עדה',
};

const fields = definition({
  shape: { label: 'Shape the data', kind: setFields({ email: 'event.body.email' }) },
  after: { label: 'Greet', kind: setFields({ text: '"Hello"' }) },
});

async function opened(page: Page, api: Parameters<typeof create>[0], name: string, of: object = fields): Promise<Editor> {
  const { id, testUrl } = await create(api, name, of);
  expect((await send(testUrl, event)).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  return new Editor(page);
}

test('a pill is chosen while typing, by the keyboard alone', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Typed pills');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('');
  await page.keyboard.type('Hi {{nam');
  await expect(editor.data.getByRole('option', { selected: true })).toContainText('name');
  await expect(field).toHaveAttribute('aria-activedescendant', /.+/);
  await page.keyboard.press('Enter');
  await holds(field, 'Hi {{ event.body.name }}');
  await expect(field.locator('.pill')).toHaveText(/New event\s*name/);
  await page.keyboard.type(', /city');
  await expect(editor.data.getByRole('option', { selected: true })).toContainText('city');
  await page.keyboard.press('Enter');
  await holds(field, 'Hi {{ event.body.name }}, {{ event.body.address.city }}');
  const group = editor.inspector.getByRole('group', { name: 'Value of text' });
  await expect(group.getByText('Hi ada lovelace, London', { exact: true })).toBeVisible();
  // A slash within a word is a slash.
  await page.keyboard.type(' and/or');
  await holds(field, / and\/or$/);
  await page.keyboard.press('Escape');
  await expect(editor.data).toBeHidden();
  await editor.saved();
});

test('the caret steps over a pill, and Backspace takes all of it', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Carets');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('a{{ event.body.email }}b');
  const pill = field.locator('.pill');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(pill).toHaveClass(/\bon\b/);
  await expect(editor.inspector.getByText('New event, email: ada@engines.example. Enter opens its menu.')).toBeAttached();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('-');
  await holds(field, 'a-{{ event.body.email }}b');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Backspace');
  await holds(field, 'a-b');
  await page.keyboard.press('Control+z');
  await expect(pill).toBeVisible();
});

test('pills are copied as text and pasted as pills', async ({ signedIn: page, api }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const editor = await opened(page, api, 'Copies');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('To {{ event.body.email }}!');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+c');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('To {{ event.body.email }}!');
  await page.keyboard.press('End');
  await page.keyboard.press('Control+v');
  await holds(field, 'To {{ event.body.email }}!To {{ event.body.email }}!');
  await expect(field.locator('.pill')).toHaveCount(2);
});

test('the menu of a pill changes its value and shows what comes of it', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Formats');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  const group = editor.inspector.getByRole('group', { name: 'Value of text' });
  await field.fill('Dear {{ event.body.name }}');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  const menu = page.getByTestId('pill-menu');
  await expect(menu.getByRole('menuitem', { name: /^Title Case/ })).toContainText('Ada Lovelace');
  await expect(menu.getByRole('menuitem', { name: /^Sum/ })).toHaveCount(0);
  await noObstacles(page, 'menu of a pill');
  await new Shots(page).everyLook('pill-menu');
  await menu.getByRole('menuitem', { name: /^Title Case/ }).press('Enter');
  await holds(field, 'Dear {{ event.body.name | title }}');
  await expect(group.getByText('Dear Ada Lovelace', { exact: true })).toBeVisible();
  await menu.getByRole('combobox', { name: 'When it is missing or empty' }).selectOption({ label: 'Use another value' });
  await menu.getByRole('textbox', { name: 'Use another value' }).fill('friend');
  await holds(field, 'Dear {{ event.body.name | title | default("friend") }}');
  await menu.getByRole('combobox', { name: 'When it is missing or empty' }).selectOption({ label: 'Stop with an error' });
  await holds(field, 'Dear {{ event.body.name | title | required }}');
  // The box that is gone had the focus: the menu keeps it.
  await expect(menu).toBeFocused();
  await menu.getByRole('button', { name: 'Without “Title Case”' }).press('Enter');
  await holds(field, 'Dear {{ event.body.name | required }}');
  await expect(menu).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await expect(field).toBeFocused();

  // Another field in its place.
  await field.locator('.pill').click();
  await menu.getByRole('menuitem', { name: 'Point to something else…' }).click();
  await expect(editor.data.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('email');
  await expect(editor.data.getByRole('option', { selected: true })).toContainText('email');
  await page.keyboard.press('Enter');
  await holds(field, 'Dear {{ event.body.email }}');
  await field.locator('.pill').click();
  await menu.getByRole('menuitem', { name: 'Remove' }).click();
  await holds(field, 'Dear ');
});

test('a field is dragged from the data onto another input', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Drags');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('');
  await editor.data.getByRole('option').filter({ hasText: /^email/ }).first().dragTo(field);
  await holds(field, '{{ event.body.email }}');
  await expect(field.locator('.pill')).toBeVisible();
});

test('a step that is renamed keeps its pills, and one that is gone is named as such', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Renamed');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('{{ shape.email }}');
  const group = editor.inspector.getByRole('group', { name: 'Value of text' });
  await expect(group.locator('.pill')).toHaveText(/Shape the data\s*email/);
  await page.keyboard.press('Escape');
  await editor.card('Shape the data').click();
  await editor.inspector.getByLabel('Name of the step').fill('Who it is');
  await editor.inspector.getByLabel('Name of the step').press('Enter');
  await editor.card('Greet').click();
  await expect(group.locator('.pill')).toHaveText(/Who it is\s*email/);
  await expect(group.getByText('ada@engines.example', { exact: true })).toBeVisible();
  await editor.card('Who it is').click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Delete');
  await editor.card('Greet').click();
  await expect(group.locator('.pill.bad')).toHaveText(/A step that is gone\s*email/);
});

test('a field that is missing is mended from its menu', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Mends');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('To {{ event.body.emial }}');
  await expect(field.locator('.pill')).toHaveClass(/\bbad\b/);
  await field.locator('.pill').click();
  await page.getByTestId('pill-menu').getByRole('button', { name: 'Use “email”' }).click();
  await holds(field, 'To {{ event.body.email }}');
  await expect(field.locator('.pill')).not.toHaveClass(/\bbad\b/);
});

test('a value of the wrong kind is said before the run, with the formatter that mends it', async ({ signedIn: page, api }) => {
  const of = definition({ call: { label: 'Call', kind: post('https://api.example.com', { literal: {} }) } });
  const editor = await opened(page, api, 'Kinds', of);
  await editor.card('Call').click();
  const field = editor.field('Address');
  await field.fill('{{ event.body.tags }}');
  await expect(editor.inspector.getByText(/This field takes text, but the sample gives a list/)).toBeVisible();
  await editor.inspector.getByRole('button', { name: /^Use “join/ }).click();
  await holds(field, '{{ event.body.tags | join(", ") }}');
});

test('hostile and right-to-left names are text', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Hostile');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  for (const [name, value] of [[HOSTILE, 'odd'], ['שם', 'עדה']]) {
    await field.fill('');
    await editor.data.getByRole('combobox').fill(value);
    await expect(editor.data.getByRole('option', { selected: true })).toContainText(value);
    await editor.data.getByRole('combobox').press('Enter');
    await expect(field.locator('.pill b')).toHaveText(name);
    await expect(page.locator('.pill img')).toHaveCount(0);
    await expect(editor.inspector.getByRole('group', { name: 'Value of text' }).locator('.prev')).toHaveText(new RegExp(`${value}$`));
  }
  const long = 'x'.repeat(10_000);
  await field.fill(long);
  await holds(field, long);
  await editor.saved();
});

test('expressions are shown as text, with what is wrong underlined', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Raw');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('{{ event.body.name | uper }}');
  await page.keyboard.press('Alt+e');
  await expect(field.locator('.pill')).toHaveCount(0);
  await expect(field.locator('.raw.wrong').first()).toBeVisible();
  await expect(field).toContainText('event.body.name | uper');
  await expect(editor.inspector.getByText('There is no formatter uper').filter({ visible: true }), 'said once').toHaveCount(1);
  await new Shots(page).everyLook('raw');
  for (let at = 0; at < 5; at += 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('p');
  await holds(field, '{{ event.body.name | upper }}');
  await expect(editor.inspector.getByText('ADA LOVELACE', { exact: true })).toBeVisible();
  await page.keyboard.press('Alt+e');
  await expect(field.locator('.pill')).toBeVisible();
});

test('undo takes back what was typed and what was chosen, with everything else', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Typed and taken back');
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('one');
  await page.waitForTimeout(1_600);
  await page.keyboard.type(' {{ event.body.email }}');
  await holds(field, 'one {{ event.body.email }}');
  await page.keyboard.press('Control+z');
  await holds(field, 'one');
  await page.keyboard.press('Control+z');
  await holds(field, /Hello/);
  await page.keyboard.press('Control+Shift+z');
  await holds(field, 'one');
  await page.getByRole('button', { name: 'Redo' }).click();
  await holds(field, 'one {{ event.body.email }}');
});

test('a field that is not edited is plain, and nothing moves when it is', async ({ signedIn: page, api }) => {
  const editor = await opened(page, api, 'Still');
  await editor.card('Shape the data').click();
  const field = editor.field('Value of email');
  await expect(page.locator('.cm-editor')).toHaveCount(0);
  // Once it has come in from the side.
  await editor.inspector.evaluate((panel) => Promise.all(panel.getAnimations({ subtree: true }).map((one) => one.finished)));
  const before = await editor.inspector.locator('.mapped-box').first().boundingBox();
  const pill = await editor.inspector.locator('.pill').first().boundingBox();
  await field.focus();
  await expect(page.locator('.cm-editor')).toHaveCount(1);
  expect(await editor.inspector.locator('.mapped-box').first().boundingBox()).toEqual(before);
  expect(await field.locator('.pill').first().boundingBox()).toEqual(pill);
  await new Shots(page).everyLook('mapped-field');
  await noObstacles(page, 'a mapped field');
  await editor.inspector.getByLabel('Name of the step').focus();
  await expect(page.locator('.cm-editor')).toHaveCount(0);
});

test('a date is written as people write it, chosen by what it gives', async ({ signedIn: page, api }) => {
  const { id, testUrl } = await create(api, 'Dates on pills', fields);
  expect((await send(testUrl, { at: '2026-01-31T17:30:00+01:00', email: 'a@b.example' })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  await field.fill('On {{ event.body.at }}');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  const menu = page.getByTestId('pill-menu');
  await menu.getByRole('menuitem', { name: /^As a date\s*31\.01\.2026 17:30$/ }).press('Enter');
  await holds(field, 'On {{ event.body.at | date("DD.MM.YYYY HH:mm") }}');
  const group = editor.inspector.getByRole('group', { name: 'Value of text' });
  await expect(group.getByText('On 31.01.2026 17:30', { exact: true })).toBeVisible();
  const used = menu.getByRole('group', { name: 'As a date' });
  await used.getByRole('combobox', { name: 'offset' }).fill('UTC');
  await expect(group.getByText('On 31.01.2026 16:30', { exact: true })).toBeVisible();
  await used.getByRole('combobox', { name: 'written like' }).fill('QQ');
  await expect(group.getByText(/means nothing in a date format/).first()).toBeVisible();
  await used.getByRole('combobox', { name: 'written like' }).fill('D MMM');
  await expect(group.getByText('On 31 Jan', { exact: true })).toBeVisible();
  await noObstacles(page, 'a date of a pill');
  await new Shots(page).everyLook('pill-date');
});

test('a field inside of a list asks which element is meant', async ({ signedIn: page, api }) => {
  const { id, testUrl } = await create(api, 'Elements', fields);
  const lines = [{ sku: 'A-1', [HOSTILE]: 1 }, { sku: 'B-2' }];
  expect((await send(testUrl, { lines })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Greet').click();
  const field = editor.field('Value of text');
  // By the keyboard alone, while typing.
  await field.fill('');
  await page.keyboard.type('All: {{sku');
  await expect(editor.data.getByRole('option', { selected: true })).toContainText('sku');
  await page.keyboard.press('Enter');
  const way = (name: RegExp) => editor.data.getByRole('menuitem', { name });
  await expect(way(/^Of the first/)).toBeFocused();
  await expect(way(/^Of the first/)).toContainText('A-1');
  await expect(way(/^Of the last/)).toContainText('B-2');
  await expect(way(/^Of all, joined/)).toContainText('A-1, B-2');
  await noObstacles(page, 'which element');
  await new Shots(page).everyLook('which-element');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await holds(field, 'All: {{ event.body.lines | pluck("sku") | join(", ") }}');
  await expect(editor.inspector.getByRole('group', { name: 'Value of text' }).getByText('All: A-1, B-2', { exact: true })).toBeVisible();
  // Back to the data, and one entry for each.
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('{{sku');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(editor.data.getByRole('option', { selected: true })).toContainText('sku');
  await editor.data.getByRole('option', { selected: true }).click();
  await way(/^One entry for each/).click();
  await expect(editor.inspector.getByRole('group', { name: /Value of text: / })).toBeVisible();
  await editor.saved();
  const { draft } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  const each = draft.steps.after.kind.fields[0].value.each;
  expect(JSON.stringify(each.item)).toContain('"path":["sku"]');
});

test('choices and switches take values from data, and one that has one is not shown as nothing chosen', async ({ signedIn: page, api }) => {
  const input = { method: from('event.body.way'), url: { literal: 'https://api.example.com' }, follow_redirects: from('event.body.go') };
  const call = { type: 'action', connector: 'http', version: 1, operation: 'request', input };
  const { id, testUrl } = await create(api, 'Choices from data', definition({ call: { label: 'Call', kind: call } }));
  expect((await send(testUrl, { way: 'PATCH', go: true })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Call').click();
  const draft = async () => (await (await api.get(`/api/v1/workflows/${id}`)).json()).draft.steps.call.kind.input;
  await holds(editor.field('Method'), /event\.body\.way/);
  await holds(editor.field('Follow redirects'), /event\.body\.go/);
  await noObstacles(page, 'choices from data');
  await new Shots(page).everyLook('choices-from-data');
  await editor.inspector.getByRole('button', { name: /Use the switch ?: Follow redirects/ }).click();
  await expect(editor.inspector.getByRole('switch', { name: 'Follow redirects' })).toHaveAttribute('aria-checked', 'true');
  await editor.inspector.getByRole('button', { name: /Choose from the list ?: Method/ }).click();
  await expect(editor.inspector.getByRole('combobox', { name: 'Method' })).toHaveValue('GET');
  await editor.saved();
  expect(await draft()).toEqual({ url: { literal: 'https://api.example.com' } });
  // What undo brings back is seen at once.
  await editor.card('Call').focus();
  await page.keyboard.press('Control+z');
  await holds(editor.field('Method'), /event\.body\.way/);
  await editor.inspector.getByRole('button', { name: /Choose from the list ?: Method/ }).click();
  await editor.inspector.getByRole('button', { name: /Use a value from data ?: Method/ }).click();
  await editor.field('Method').fill('{{ event.body.way }}');
  await editor.saved();
  expect(JSON.stringify(await draft())).toContain('"method"');
});

test('a list of objects is filled in item by item, per element of a list, or as JSON', async ({ signedIn: page, api }) => {
  const append = { type: 'action', connector: 'google_sheets', version: 1, operation: 'append_rows', input: {} };
  const { id, testUrl } = await create(api, 'Rows to add', definition({ add: { label: 'Add rows', kind: append } }));
  expect((await send(testUrl, { people: [{ name: 'Ada' }, { name: HOSTILE }] })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Add rows').click();
  const rows = editor.inspector.getByRole('group', { name: 'Rows', exact: true });
  const way = rows.getByRole('combobox', { name: 'How to fill in “Rows”' });
  await rows.getByRole('button', { name: /^Add an item/ }).click();
  const first = rows.getByRole('group', { name: 'Item 1', exact: true }).first();
  await first.getByRole('textbox', { name: 'Name', exact: true }).or(first.getByRole('combobox', { name: 'Name', exact: true })).fill('Who');
  await first.getByRole('textbox', { name: 'Value of Who' }).fill('Ada');
  await page.keyboard.press('Escape');
  await rows.getByRole('button', { name: /^Add an item/ }).click();
  const second = rows.getByRole('group', { name: 'Item 2', exact: true }).first();
  await second.getByRole('textbox', { name: 'Value of Who' }).fill('Bob');
  await page.keyboard.press('Escape');
  await noObstacles(page, 'items of a list');
  await new Shots(page).everyLook('object-list');
  const kept = async () => {
    await editor.saved();
    return JSON.stringify((await (await api.get(`/api/v1/workflows/${id}`)).json()).draft.steps.add.kind.input.rows);
  };
  expect(await kept()).toMatch(/^\{"list":.*"Who".*"Ada".*"Who".*"Bob"/);
  // One item per element of a list: the first one is what they become.
  await way.selectOption({ label: 'From data' });
  await editor.inspector.getByRole('textbox', { name: 'For every element of', exact: true }).fill('{{ event.body.people }}');
  await page.keyboard.press('Escape');
  await editor.inspector.getByRole('textbox', { name: 'Value of Who' }).fill('{{ item.name }}');
  await page.keyboard.press('Escape');
  expect(await kept()).toMatch(/^\{"each":.*"people".*"Who".*"name"/);
  await way.selectOption({ label: 'As JSON' });
  await expect(way).toHaveValue('json');
});
