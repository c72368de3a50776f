import { Editor, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { card, open, reaches, start, timeline } from './runs.ts';
import { Shots } from './shots.ts';
import { create, definition, from, live, post, setFields } from './workflows.ts';

/** A loop that goes on when an item fails, after a choice of two paths. */
function orders(url: string): object {
  const each = { type: 'for_each', over: from('event.body.orders'), item: 'item', body: ['send'], on_item_error: 'skip' };
  const arms = [
    { id: 'large', label: 'Large', condition: { test: { left: from('event.body.total'), op: 'greater_than', right: { literal: 100 } } }, body: ['call'] },
    { id: 'rest', label: 'Everything else', body: ['note'] },
  ];
  const steps = definition({
    shape: { label: 'Shape the data', kind: setFields({ total: 'event.body.total' }) },
    way: { label: 'Large or not', kind: { type: 'branch', mode: 'first', arms } },
    each: { label: 'Each order', kind: each },
    after: { label: 'Tell the office', kind: setFields({ done: '1' }) },
  }) as { steps: Record<string, object> };
  steps.steps.call = { slug: 'call', label: 'Call the customer', kind: setFields({ x: '1' }) };
  steps.steps.note = { slug: 'note', label: 'Make a note', kind: setFields({ x: '1' }) };
  // A missing name fails the second one.
  steps.steps.send = { slug: 'send', label: 'Send the order', kind: post(url, from('item.sku | required')) };
  return steps;
}

const ORDERS = { total: 12, orders: [{ sku: 'A-1' }, { name: 'no sku' }, { sku: 'C-3' }] };

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a run is seen on its canvas while it goes on, ${colorScheme}`, async ({ signedIn: page, api, upstream }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Long enough for the page to be there before the first item is done.
    upstream.behave({ delayMs: 8_000 });
    const { url } = await live(api, `Seen live in ${colorScheme}`, orders(upstream.url));
    const id = await start(url, ORDERS);
    const run = await open(page, id);

    await test.step('live, item by item', async () => {
      await expect(card(run, 'Each order')).toHaveAccessibleName(/Running, 0 of 3 done/);
      await expect(card(run, 'Send the order')).toHaveAccessibleName(/Running/);
      await expect(card(run, 'Tell the office')).toHaveAccessibleName(/Not yet/);
      await expect(card(run, 'Each order')).toHaveAccessibleName(/2 of 3 done, 1 failed/);
      await expect(card(run, 'Send the order')).toHaveAccessibleName(/Failed, 1 done, 1 failed/);
    });

    await test.step('to its end: a failed item is not hidden by the ones after it', async () => {
      await expect(card(run, 'Each order')).toHaveAccessibleName(/Succeeded, 3 of 3 done, 1 failed/);
      await expect(card(run, 'Send the order')).toHaveAccessibleName(/Failed, 2 done, 1 failed/);
      await expect(card(run, 'Tell the office')).toHaveAccessibleName(/Succeeded/);
      await expect(card(run, 'Call the customer')).toHaveAccessibleName(/Skipped/);
      await expect(run.getByRole('button', { name: 'Large', exact: true })).toHaveClass(/not-taken/);
      await expect(run.getByRole('button', { name: 'Everything else', exact: true })).toHaveClass(/(^| )taken/);
    });

    await test.step('a card chooses its step, and the arrow keys go on', async () => {
      // The view has followed the run to its end.
      await run.getByRole('button', { name: 'Show everything' }).click();
      await card(run, 'Shape the data').click();
      await expect(run.getByRole('heading', { name: 'Shape the data' })).toBeVisible();
      await page.keyboard.press('ArrowDown');
      await expect(card(run, 'Large or not')).toBeFocused();
      await expect(run.getByRole('heading', { name: 'Large or not' })).toBeVisible();
      await page.keyboard.press('End');
      await expect(card(run, 'Tell the office')).toBeInViewport();
      await expect(run.getByRole('heading', { name: 'Tell the office' })).toBeVisible();
      await page.keyboard.press('Home');
      await expect(run.getByRole('heading', { name: 'Event', exact: true })).toBeVisible();
    });

    await test.step('a step whose items are over says how they went', async () => {
      await card(run, 'Send the order').focus();
      await expect(run.getByText('Over all items of “Each order”: 2 done, 1 failed, last in item 2 of “Each order”.')).toBeVisible();
      await noObstacles(page, 'run canvas');
      if (colorScheme === 'light') await new Shots(page).everyLook('run-canvas');
      await run.getByRole('button', { name: 'Show the items' }).click();
      await expect(run.getByTestId('loop-items')).toBeVisible();
      await expect(card(run, 'Each order')).toHaveAttribute('aria-selected', 'true');
    });

    await test.step('the timeline is a press away, and is kept', async () => {
      await timeline(run);
      await run.getByRole('button', { name: /^Shape the data: Succeeded/ }).click();
      await page.reload();
      await expect(run.getByRole('group', { name: 'Timeline' })).toBeVisible();
      await run.getByRole('radio', { name: 'Canvas' }).click();
      await expect(card(run, 'Each order')).toBeVisible();
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await noObstacles(page, 'run canvas again');
    });
  });
}

test('of a run of 500 steps only those in sight are drawn', async ({ signedIn: page, api }) => {
  const steps = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`s${n}`, { label: `Step ${n}`, kind: setFields({ x: '1' }) }]));
  const { url } = await live(api, 'Long run', definition(steps));
  const id = await start(url, {});
  await reaches(api, id, 'succeeded');
  const run = await open(page, id);
  const cards = run.locator('.layer [data-node]');
  await expect(cards.first()).toBeVisible();
  expect(await cards.count()).toBeLessThan(60);
  await card(run, 'Step 499').focus();
  await page.keyboard.press('Home');
  await expect(card(run, 'New event')).toBeFocused();
  await page.keyboard.press('End');
  await expect(card(run, 'Step 499')).toBeFocused();
  expect(await cards.count()).toBeLessThan(60);
  await run.getByRole('button', { name: 'Show everything' }).click();
  await expect(run.getByTestId('minimap')).toBeVisible();
});

test('a test in the editor counts items, shows the failed one and can be cancelled', async ({ signedIn: page, api, upstream }) => {
  const { id, testUrl } = await create(api, 'Tried loop', orders(upstream.url));
  expect((await send(testUrl, ORDERS)).status).toBeLessThan(300);
  upstream.behave({ delayMs: 1_500 });
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const begin = () => page.getByRole('button', { name: 'Test', exact: true }).click();

  await test.step('counted and shown', async () => {
    await begin();
    await page.getByRole('dialog').getByRole('button', { name: 'Send it' }).click();
    await expect(page.getByTestId('test-result')).toContainText('The test went through.', { timeout: 30_000 });
    await expect(editor.card('Each order')).toHaveAccessibleName(/3 of 3 done, 1 failed/);
    await expect(editor.card('Send the order')).toHaveAccessibleName(/Failed, 2 done, 1 failed/);
    await page.getByRole('button', { name: 'Show everything' }).click();
    await editor.card('Send the order').click();
    await editor.inspector.getByRole('tab', { name: 'Test' }).click();
    await expect(editor.inspector.getByTestId('tested-items')).toContainText('2 done, 1 failed, last failed in item 2 of “Each order”');
    await noObstacles(page, 'a tested loop');
    await new Shots(page).everyLook('tested-loop');
  });

  await test.step('cancelled, after which the buttons are free again', async () => {
    upstream.behave({ delayMs: 20_000 });
    await begin();
    await page.getByRole('button', { name: 'Cancel the test' }).first().click();
    await expect(page.getByTestId('test-result')).toContainText('The test was cancelled.', { timeout: 60_000 });
    await expect(page.getByRole('button', { name: 'Test', exact: true })).toBeEnabled();
  });
});

test('the list of steps leads to each of them, and what is done is told', async ({ signedIn: page, api, upstream }) => {
  const { id } = await create(api, 'Listed', orders(upstream.url));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Shape the data').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette').getByRole('combobox').fill('list of steps');
  await page.keyboard.press('Enter');
  const outline = page.getByTestId('outline');
  await expect(outline.getByRole('listitem').filter({ hasText: 'Each order' }).first()).toContainText('Send the order');
  await expect(outline.getByRole('list', { name: 'Everything else' })).toContainText('Make a note');
  await outline.getByRole('button', { name: 'Send the order' }).click();
  await expect(editor.card('Send the order')).toBeFocused();
  await expect(editor.card('Send the order')).toBeInViewport();
  await noObstacles(page, 'the list of steps');
  await new Shots(page).everyLook('outline');

  const said = page.getByTestId('said');
  await editor.card('Make a note').focus();
  await page.keyboard.press('Control+d');
  await expect(said).toHaveText('1 step duplicated.');
  await page.keyboard.press('Control+z');
  await expect(said).toHaveText('Undone.');
  await editor.card('Make a note').focus();
  await page.keyboard.press('Delete');
  await expect(said).toHaveText('1 step deleted. Undo brings it back.');
  const slot = (await page.getByTestId('slot').first().boundingBox())!;
  const zoom = Number.parseFloat((await page.getByRole('button', { name: 'Actual size' }).textContent())!) / 100;
  expect(slot.height / zoom).toBeGreaterThanOrEqual(23.9);
});
