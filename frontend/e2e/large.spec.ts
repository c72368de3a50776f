import { Editor, steadyBox } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, setFields } from './workflows.ts';

const many = (count: number) =>
  definition(Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, { label: `Step ${n}`, kind: setFields({ x: n ? `s${n - 1}.x` : '1' }) }])));

test('of 500 steps only those that are seen are drawn, and all are reached', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Large', many(500));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const cards = page.locator('.layer [data-node]');
  await editor.card('Step 0').waitFor();
  expect(await cards.count()).toBeLessThan(60);
  await expect(page.getByTestId('minimap')).toBeVisible();
  await editor.card('Step 0').focus();
  await page.keyboard.press('End');
  await expect(editor.card('Step 499')).toBeFocused();
  await expect(editor.card('Step 0')).toHaveCount(0);
  expect(await cards.count()).toBeLessThan(60);
  await page.keyboard.press('ArrowUp');
  await expect(editor.card('Step 498')).toBeFocused();
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette').getByRole('combobox').fill('step 250');
  await page.keyboard.press('Enter');
  await expect(editor.card('Step 250')).toHaveAttribute('aria-selected', 'true');
  await expect(editor.card('Step 250')).toBeInViewport();
  await new Shots(page).everyLook('large');
  await noObstacles(page, 'a large workflow');
  // What was seen last is seen again.
  await expect
    .poll(() => page.evaluate((id) => Object.entries(localStorage).find(([key]) => key.startsWith('patchbay-view-') && key.endsWith(id))?.[1], id))
    .toMatch(/ -\d{4,}/);
  await page.reload();
  await expect(editor.card('Step 250')).toBeInViewport();
  await expect(editor.card('Step 0')).toHaveCount(0);
  // The map leads elsewhere.
  const map = (await page.getByTestId('minimap').boundingBox())!;
  await page.mouse.click(map.x + map.width / 2, map.y + 1);
  await expect(editor.card('Step 0')).toBeInViewport();
});

test('wherever the view is, one card takes the Tab key, and nothing scrolls', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Tab', many(200));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Step 0').waitFor();
  const map = (await page.getByTestId('minimap').boundingBox())!;
  await page.mouse.click(map.x + map.width / 2, map.y + map.height - 1);
  await expect(editor.card('Step 199')).toBeInViewport();
  await expect(editor.card('Step 0')).toHaveCount(0);
  const stop = page.locator('.layer [data-node][tabindex="0"]');
  await expect(stop).toHaveCount(1);
  await expect(stop).toContainText('New event');
  // As the browser does it by Tab.
  await stop.evaluate((card: HTMLElement) => card.focus());
  await expect(stop).toBeInViewport();
  await expect(editor.card('Step 0')).toBeInViewport();
  expect(await page.getByTestId('canvas').evaluate((canvas) => canvas.scrollTop)).toBe(0);
});

test('the card under the pointer stays where it is when the layout changes', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Still', many(6));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Step 0').focus();
  const before = await steadyBox(editor.card('Step 4'));
  await page.mouse.move(before.x + 100, before.y + 30);
  // A copy of the first step comes in above it.
  await page.keyboard.press('Control+d');
  await expect(page.getByRole('treeitem')).toHaveCount(8);
  await expect.poll(async () => Math.round((await editor.card('Step 4').boundingBox())!.y)).toBe(Math.round(before.y));
});

test('selecting a step shows where its data comes from and goes', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Lights', many(4));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Step 1').click();
  await expect(editor.card('Step 0').locator('.node-flow')).toHaveText('gives data');
  await expect(editor.card('Step 2').locator('.node-flow')).toHaveText('takes data');
  await expect(editor.card('Step 3').locator('.node-flow')).toHaveCount(0);
  await new Shots(page).everyLook('lights');
  await noObstacles(page, 'the light on data');
});
