import { Editor, steadyBox } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, setFields } from './workflows.ts';
import type { Page } from '@playwright/test';

const four = definition({
  a: { label: 'Alpha', kind: setFields({ x: '1' }) },
  b: { label: 'Beta', kind: setFields({ x: 'a.x' }) },
  c: { label: 'Gamma', kind: setFields({ x: 'b.x' }) },
  d: { label: 'Delta', kind: setFields({ x: '4' }) },
});

/** The labels of the steps on the canvas, from top to bottom. */
const order = async (page: Page) => {
  const cards = page.locator('[data-node^="step:"]:not(.ghost)');
  const placed = await cards.evaluateAll((all) =>
    all.map((card) => ({ name: card.querySelector('b')!.textContent!, y: card.getBoundingClientRect().y })));
  return placed.sort((one, other) => one.y - other.y).map(({ name }) => name).join(' ');
};
const isOrder = (page: Page, wanted: string) => expect.poll(() => order(page)).toBe(wanted);

test('several steps are chosen and changed by the mouse, and one undo takes it back', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Several', four);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Alpha').click();
  await editor.card('Beta').click({ modifiers: ['Shift'] });
  await editor.card('Gamma').click({ modifiers: ['Shift'] });
  const bar = page.getByRole('toolbar', { name: 'Chosen steps' });
  await expect(bar).toContainText('3 steps chosen');
  await expect(editor.inspector).toBeHidden();
  await new Shots(page).everyLook('several');
  await noObstacles(page, 'several chosen steps');
  await bar.getByRole('button', { name: 'Duplicate' }).click();
  await isOrder(page, 'Alpha Beta Gamma Alpha 2 Beta 2 Gamma 2 Delta');
  await page.keyboard.press('Control+z');
  await isOrder(page, 'Alpha Beta Gamma Delta');
  await editor.card('Beta').click();
  await editor.card('Gamma').click({ modifiers: ['Shift'] });
  await bar.getByRole('button', { name: 'section' }).click();
  await isOrder(page, 'Alpha Section Beta Gamma Delta');
  await page.getByRole('button', { name: 'Undo' }).click();
  await isOrder(page, 'Alpha Beta Gamma Delta');
  // Steps that do not follow one another make no section, and it says why.
  await editor.card('Alpha').click();
  await editor.card('Delta').click({ modifiers: ['Shift'] });
  await bar.getByRole('button', { name: 'section' }).click();
  await expect(page.getByText('Only steps that follow one another')).toBeVisible();
  await bar.getByRole('button', { name: 'Delete' }).click();
  await isOrder(page, 'Beta Gamma');
  await page.keyboard.press('Control+z');
  await isOrder(page, 'Alpha Beta Gamma Delta');
  await editor.saved();
});

test('a rectangle catches steps, and what is dragged goes together', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Band', four);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const box = (name: string) => steadyBox(editor.card(name));
  const [beta, gamma] = [await box('Beta'), await box('Gamma')];
  await page.keyboard.down('Shift');
  await page.mouse.move(beta.x - 60, beta.y + 10);
  await page.mouse.down();
  await page.mouse.move(beta.x + 40, gamma.y + 20, { steps: 6 });
  await expect(page.locator('.band')).toBeVisible();
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect(page.locator('.band')).toBeHidden();
  await expect(page.getByRole('toolbar', { name: 'Chosen steps' })).toContainText('2 steps chosen');
  // The place to land is named while it is carried there.
  const delta = await box('Delta');
  await page.mouse.move(beta.x + 60, beta.y + 30);
  await page.mouse.down();
  await page.mouse.move(delta.x + 146, delta.y + delta.height + 18, { steps: 10 });
  await expect(page.locator('.slot.hot')).toContainText('Move here');
  await page.mouse.up();
  await isOrder(page, 'Alpha Delta Beta Gamma');
  await page.keyboard.press('Control+z');
  await isOrder(page, 'Alpha Beta Gamma Delta');
});

test('with Alt a drag copies', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Alt', four);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const alpha = await steadyBox(editor.card('Alpha'));
  const delta = await steadyBox(editor.card('Delta'));
  await page.mouse.move(alpha.x + 60, alpha.y + 30);
  await page.mouse.down();
  await page.keyboard.down('Alt');
  await page.mouse.move(delta.x + 146, delta.y + delta.height + 18, { steps: 10 });
  await expect(page.locator('.slot.hot')).toContainText('Copy here');
  await page.mouse.up();
  await page.keyboard.up('Alt');
  await isOrder(page, 'Alpha Beta Gamma Delta Alpha 2');
});

test('everything of it is done by keys', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'By keys', four);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Beta').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(editor.card('Gamma')).toBeFocused();
  await expect(page.locator('.chosen-said')).toHaveText('2 steps chosen');
  await expect(editor.card('Beta')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Alt+ArrowUp');
  await isOrder(page, 'Beta Gamma Alpha Delta');
  // A card that moves in the document gets the focus back with the next frame.
  await expect(editor.card('Gamma')).toBeFocused();
  await page.keyboard.press('Alt+ArrowDown');
  await isOrder(page, 'Alpha Beta Gamma Delta');
  await expect(editor.card('Gamma')).toBeFocused();
  await page.keyboard.press('x');
  await expect(editor.card('Gamma')).toHaveAttribute('aria-label', /switched off/);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('g');
  await isOrder(page, 'Alpha Section Beta Gamma Delta');
  await page.keyboard.press('Control+z');
  await editor.card('Alpha').focus();
  await page.keyboard.press('Control+a');
  await expect(page.locator('.chosen-said')).toHaveText('4 steps chosen');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('toolbar', { name: 'Chosen steps' })).toBeHidden();
  await page.keyboard.press('p');
  await isOrder(page, 'Beta Gamma Delta');
  await page.keyboard.press('Control+z');
  await isOrder(page, 'Alpha Beta Gamma Delta');
});

test('steps are cut and pasted as text, and connections are asked for where they are strange', async ({ signedIn: page, api }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const made = await api.post('/api/v1/connections', { data: { connector: 'slack', method: 'bot_token', label: 'Our Slack', sandbox: true } });
  expect(made.status(), await made.text()).toBeLessThan(300);
  const from = await create(api, 'From', four);
  const to = await create(api, 'To', definition({ z: { label: 'Zulu', kind: setFields({ x: '1' }) } }));
  await page.goto(`/workflows/${from.id}`);
  const editor = new Editor(page);
  await editor.card('Beta').click();
  await editor.card('Gamma').click({ modifiers: ['Shift'] });
  await page.keyboard.press('Control+x');
  await isOrder(page, 'Alpha Delta');
  await expect(page.getByText('2 steps cut.')).toBeVisible();
  const focused = page.locator('.layer [data-node]:focus');
  await expect(focused).toHaveCount(1);
  await page.keyboard.press('Control+v');
  await isOrder(page, 'Alpha Beta Gamma Delta');
  await expect(focused).toHaveCount(1);
  await page.keyboard.press('Control+c');
  await expect(page.getByText('2 steps copied.')).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  await editor.saved();
  await page.goto(`/workflows/${to.id}`);
  await editor.card('Zulu').focus();
  await page.keyboard.press('Control+v');
  await isOrder(page, 'Zulu Beta Gamma');
  await page.keyboard.press('Control+z');
  await isOrder(page, 'Zulu');
  // From another instance: the connection is not known here.
  const stranger = JSON.parse(text);
  const kind = { type: 'action', connector: 'slack', version: 1, operation: 'send_message', connection: 'con_0000000000001', input: {} };
  stranger.home = 'wf_0000000000001';
  stranger.steps = { s9: { slug: 'say', label: '<img src=x onerror=alert(1)>', kind } };
  stranger.body = ['s9'];
  stranger.connections = { con_0000000000001: { connector: 'slack', label: 'Their Slack' } };
  await page.evaluate((text) => navigator.clipboard.writeText(text), JSON.stringify(stranger));
  await editor.card('Zulu').focus();
  await page.keyboard.press('Control+v');
  const dialog = page.getByRole('dialog', { name: 'Which accounts should they use?' });
  await expect(dialog).toContainText('Slack: Their Slack');
  await expect(dialog.getByRole('combobox')).toContainText('Our Slack');
  await new Shots(page).everyLook('paste-connections');
  await noObstacles(page, 'connections of pasted steps');
  await dialog.getByRole('combobox').selectOption({ label: 'Our Slack (sandbox)' });
  await dialog.getByRole('button', { name: 'Paste' }).click();
  await isOrder(page, 'Zulu <img src=x onerror=alert(1)>');
  await editor.saved();
  const { draft } = await (await api.get(`/api/v1/workflows/${to.id}`)).json();
  const said = Object.values(draft.steps).find((step) => (step as { slug: string }).slug === 'say') as { kind: { connection: string } };
  expect(said.kind.connection).toBe((await made.json()).id);
  // What is no step is said to be none.
  for (const [bad, words] of [['hello', 'There are no steps'], ['{"patchbay":"steps","schema":99}', 'newer version'], ['{"patchbay":"steps","schema":1,"steps":{},"body":[]}', 'damaged']]) {
    await page.evaluate((text) => navigator.clipboard.writeText(text), bad);
    await editor.card('Zulu').focus();
    await page.keyboard.press('Control+v');
    await expect(page.getByText(words)).toBeVisible();
  }
  await isOrder(page, 'Zulu <img src=x onerror=alert(1)>');
});

test('steps are parked, and put back by a press and by a drag', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Shelf', four);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const beta = await steadyBox(editor.card('Beta'));
  await page.mouse.move(beta.x + 60, beta.y + 30);
  await page.mouse.down();
  await page.mouse.move(beta.x + 90, beta.y + 60, { steps: 3 });
  const chip = await steadyBox(page.getByText('Park here'));
  await page.mouse.move(chip.x + 20, chip.y + 20, { steps: 8 });
  await expect(page.locator('.shelf.hot')).toBeVisible();
  await page.mouse.up();
  await isOrder(page, 'Alpha Gamma Delta');
  await page.getByRole('button', { name: 'Shelf (1)' }).click();
  const shelf = page.getByRole('region', { name: 'Shelf' });
  await expect(shelf).toContainText('Beta');
  // It is in nobody's way: only the step that uses it is told.
  await editor.card('Gamma').click();
  await new Shots(page).everyLook('shelf');
  await noObstacles(page, 'the shelf');
  await editor.saved();
  await page.reload();
  await page.getByRole('button', { name: 'Shelf (1)' }).click();
  // It has no card: the Tab key still finds one.
  await shelf.getByRole('button', { name: 'Beta', exact: true }).click();
  await expect(editor.inspector.getByLabel('Name of the step')).toHaveValue('Beta');
  await expect(page.locator('.layer [data-node][tabindex="0"]')).toHaveCount(1);
  // The view is kept from the smallest of the looks.
  await page.getByRole('button', { name: 'Show everything' }).click();
  await editor.card('Alpha').click();
  await shelf.getByRole('button', { name: /Put back/ }).click();
  await isOrder(page, 'Alpha Beta Gamma Delta');
  await editor.saved();
});

test('a note stands between the steps, and nothing in it runs', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Notes', four);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Alpha').focus();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog', { name: 'Note' });
  await dialog.getByRole('textbox', { name: 'Note' }).fill('**Ask Ada** first\n\n- [the list](https://example.com/list)\n- [bad](javascript:alert(1)) <img src=x onerror="document.title=1">');
  await expect(dialog.getByRole('link', { name: 'the list' })).toHaveAttribute('rel', /noopener/);
  await expect(dialog.getByRole('link', { name: 'bad' })).toHaveCount(0);
  await expect(dialog.locator('img')).toHaveCount(0);
  await new Shots(page).everyLook('note-dialog');
  await noObstacles(page, 'writing a note');
  await dialog.getByRole('button', { name: 'Keep' }).click();
  const note = page.getByRole('button', { name: /^Note: Ask Ada first/ });
  await expect(note).toBeVisible();
  // The steps below glide down to make room.
  await expect(async () => {
    const [above, card, below] = await Promise.all([editor.card('Alpha').boundingBox(), note.boundingBox(), editor.card('Beta').boundingBox()]);
    expect(card!.y).toBeGreaterThan(above!.y + above!.height);
    expect(below!.y).toBeGreaterThan(card!.y + card!.height);
  }).toPass({ timeout: 10_000 });
  await new Shots(page).everyLook('note');
  await noObstacles(page, 'a note on the canvas');
  await editor.saved();
  await page.reload();
  await note.click();
  await dialog.getByRole('button', { name: 'Delete the note' }).click();
  await expect(note).toBeHidden();
  await page.keyboard.press('Control+z');
  await expect(note).toBeVisible();
});

test('a whole session is undone back to empty, in as many steps as it had', async ({ signedIn: page, api }) => {
  // Hundreds of keys.
  test.setTimeout(300_000);
  const { id } = await create(api, 'Taken back', definition({ a: { label: 'Alpha', kind: setFields({ x: '1' }) } }));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const before = (await (await api.get(`/api/v1/workflows/${id}`)).json()).draft;
  await editor.card('Alpha').focus();
  const turns = 105;
  for (let turn = 0; turn < turns; turn += 1) {
    await page.keyboard.press('Control+d');
    await page.keyboard.press('x');
  }
  await expect(page.locator('[data-node^="step:"]').first()).toBeVisible();
  const undo = page.getByRole('button', { name: 'Undo' });
  let count = 195;
  for (let n = 0; n < count; n += 1) await page.keyboard.press('Control+z');
  while (await undo.isEnabled()) {
    await page.keyboard.press('Control+z');
    count += 1;
    expect(count).toBeLessThan(turns * 2 + 1);
  }
  expect(count).toBeGreaterThanOrEqual(200);
  await isOrder(page, 'Alpha');
  await editor.saved();
  expect((await (await api.get(`/api/v1/workflows/${id}`)).json()).draft).toEqual(before);
});

test('fingers choose several by the button, and drag after a long press', async ({ browser, server, session, api }) => {
  const { id } = await create(api, 'Touch', four);
  const context = await browser.newContext({ baseURL: server.url, storageState: session, hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Alpha').waitFor();
  await page.getByRole('button', { name: 'Choose several steps' }).tap();
  await editor.card('Alpha').tap();
  await editor.card('Beta').tap();
  await expect(page.getByRole('toolbar', { name: 'Chosen steps' })).toContainText('2 steps chosen');
  await noObstacles(page, 'several chosen steps on a phone');
  await page.getByRole('toolbar', { name: 'Chosen steps' }).getByRole('button', { name: 'Delete' }).tap();
  await isOrder(page, 'Gamma Delta');
  await context.close();
});
