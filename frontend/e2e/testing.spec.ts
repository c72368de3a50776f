import { Editor } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, post, setFields } from './workflows.ts';

test('a workflow is tested to a step, again where it changed, and with a pinned answer', async ({ signedIn: page, api, upstream }) => {
  const shots = new Shots(page);
  const { id, url } = await live(
    api,
    'Tested in place',
    definition({
      shape: { label: 'Shape the data', kind: setFields({ total: 'event.body.amount' }) },
      shop: { label: 'Tell the shop', kind: post(`${upstream.url}/shop`, from('shape.total')) },
      send_on: { label: 'Send it on', kind: post(`${upstream.url}/lists/7`, from('shop.body.path')) },
    }),
  );
  await start(url, { amount: 12 });
  await all(api, id, 1, 'succeeded');
  upstream.clear();
  const called = () => upstream.calls.map((call) => call.path);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  const ask = page.getByRole('dialog');
  const result = page.getByTestId('test-result');

  await test.step('an event that came in is the sample', async () => {
    await editor.card('New event').click();
    await editor.inspector.getByRole('tab', { name: 'Samples' }).click();
    await editor.inspector.getByRole('button', { name: 'Use a recent event' }).click();
    await noObstacles(page, 'recent events');
    await shots.everyLook('recent-events');
    await editor.inspector.getByRole('button', { name: /^Use the event of/ }).click();
    await expect(editor.inspector.getByRole('radio')).toHaveCount(1);
    await expect(editor.inspector.getByRole('list', { name: 'Recent events' })).toBeHidden();
  });

  await test.step('to a step, and no further', async () => {
    await page.getByRole('button', { name: 'Show everything' }).click();
    await editor.card('Tell the shop').click();
    await editor.inspector.getByRole('button', { name: 'Test to here' }).click();
    await expect(ask).toContainText('/shop');
    await expect(ask).not.toContainText('/lists/7');
    await ask.getByRole('button', { name: 'Send it' }).click();
    await expect(result).toContainText('The test went through.');
    expect(called()).toEqual(['/shop']);
  });

  await test.step('all of it with nothing sent: answers are taken from before, or examples', async () => {
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await ask.getByRole('combobox', { name: 'What to do with “Tell the shop”' }).selectOption({ index: 1 });
    await noObstacles(page, 'what a test sends');
    await shots.everyLook('test-asks');
    await ask.getByRole('button', { name: 'Cancel' }).click();
    expect(called()).toEqual(['/shop']);
  });

  await test.step('all of it, asking for what nobody has agreed to', async () => {
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await expect(ask).toContainText('/lists/7');
    await ask.getByRole('button', { name: 'Send it' }).click();
    await expect(editor.card('Send it on')).toHaveAccessibleName(/Succeeded/);
    expect(called()).toEqual(['/shop', '/shop', '/lists/7']);
  });

  await test.step('only what changed, and what it gives otherwise', async () => {
    await page.getByRole('button', { name: 'Show everything' }).click();
    await editor.card('Send it on').click();
    await editor.inspector.getByRole('tab', { name: 'Set up' }).click();
    await editor.field('Address').fill(`${upstream.url}/lists/8`);
    await editor.field('Address').press('Escape');
    await result.getByRole('button', { name: 'Test what changed (2 steps kept)' }).click();
    await ask.getByRole('button', { name: 'Send it' }).click();
    await expect(result).toContainText('The test went through.');
    await expect.poll(called).toEqual(['/shop', '/shop', '/lists/7', '/lists/8']);
    await editor.inspector.getByRole('tab', { name: 'Test' }).click();
    const differences = editor.inspector.getByTestId('differences');
    await expect(differences).toContainText('body.path');
    await expect(differences.locator('ins')).toContainText(['/lists/8']);
    await noObstacles(page, 'what differs');
    await shots.everyLook('test-differences');
  });

  await test.step('a pinned answer is taken instead of a call', async () => {
    // The looks have moved the view.
    await page.getByRole('button', { name: 'Show everything' }).click();
    await editor.card('Tell the shop').click();
    await editor.inspector.getByRole('tab', { name: 'Test' }).click();
    await editor.inspector.getByRole('button', { name: 'Pin this output' }).click();
    const pin = editor.inspector.getByTestId('pin');
    await expect(pin).toContainText('Tests take this output instead of running the step');
    await noObstacles(page, 'a pinned output');
    await shots.everyLook('pinned');
    await page.reload();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await expect(ask).toContainText('/lists/8');
    await expect(ask.getByRole('heading', { name: 'Tell the shop' })).toHaveCount(0);
    await ask.getByRole('button', { name: 'Send it' }).click();
    await expect(result).toContainText('The test went through.');
    expect(called()).toEqual(['/shop', '/shop', '/lists/7', '/lists/8', '/lists/8']);
  });

  await test.step('until the step is another', async () => {
    await page.getByRole('button', { name: 'Show everything' }).click();
    await editor.card('Tell the shop').click();
    await editor.inspector.getByRole('tab', { name: 'Set up' }).click();
    await editor.field('Address').fill(`${upstream.url}/shop/2`);
    await editor.field('Address').press('Escape');
    await editor.inspector.getByRole('tab', { name: 'Test' }).click();
    const pin = editor.inspector.getByTestId('pin');
    await expect(pin).toContainText('is no longer used: the step has changed since');
    await pin.getByRole('button', { name: 'Unpin' }).click();
    await expect(pin).toBeHidden();
    await expect(editor.inspector.getByRole('button', { name: 'Pin this output' })).toBeVisible();
  });
});
