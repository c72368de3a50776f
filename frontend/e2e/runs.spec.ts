import { send } from './editor.ts';
import { expect, test } from './harness.ts';
import { timeline } from './runs.ts';
import { definition, from, live, post, setFields, wait } from './workflows.ts';

const orders = (url: string) =>
  definition({
    shape: { label: 'Shape the data', kind: setFields({ total: 'event.body.amount' }) },
    send_on: { label: 'Send it on', kind: post(url, from('shape.total')) },
  });

test('a failed run says why and is replayed from the step that failed', async ({ signedIn: page, api, upstream }) => {
  upstream.behave({ status: 404, body: { error: 'no such list' } });
  const { url } = await live(api, 'Fails at first', orders(`${upstream.url}/lists/7`));
  expect((await send(url, { amount: 12 })).status).toBeLessThan(300);

  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  const rows = page.getByRole('row').filter({ hasText: 'Fails at first' });
  await expect(rows.filter({ hasText: 'Failed' })).toHaveCount(1);
  await rows.getByRole('link', { name: 'Fails at first' }).click();

  const run = page.getByRole('region', { name: 'Run', exact: true });
  await expect(run.getByText(/^Failed at “Send it on”: .*404/)).toBeVisible();
  await timeline(run);
  await run.getByRole('button', { name: /^Send it on: Failed/ }).click();
  await expect(run.getByRole('alert')).toContainText('404');
  await expect(run.getByText('It failed, so there is no output.')).toBeVisible();
  await expect(run.getByText('no such list').first()).toBeVisible();

  upstream.clear();
  await run.getByRole('button', { name: 'Replay', exact: true }).click();
  await page.getByRole('menuitem', { name: /^From “Send it on” ?Earlier steps/ }).click();
  await expect(run.getByText(/^Replay of/)).toBeVisible();
  await expect(run.getByText(/^Finished in/)).toBeVisible();
  await expect(rows.filter({ hasText: 'Succeeded' })).toHaveCount(1);
  expect(upstream.calls.map((call) => [call.path, call.body])).toEqual([['/lists/7', '12']]);
});

test('a run that takes its time is cancelled', async ({ signedIn: page, api, upstream }) => {
  const steps = definition({
    later: { label: 'Wait an hour', kind: wait(3_600_000) },
    send_on: { label: 'Send it on', kind: post(upstream.url, from('event.body')) },
  });
  const { url } = await live(api, 'Takes its time', steps);
  expect((await send(url, {})).status).toBeLessThan(300);

  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'Takes its time' });
  await expect(row).toContainText('Waiting');
  await row.getByRole('link', { name: 'Takes its time' }).click();
  const run = page.getByRole('region', { name: 'Run', exact: true });
  await expect(run.getByText(/^Waiting at “Wait an hour” until/)).toBeVisible();
  await run.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('dialog', { name: 'Cancel this run?' }).getByRole('button', { name: 'Cancel run' }).click();
  await expect(run.getByText(/^Cancelled/).last()).toBeVisible();
  await expect(row).toContainText('Cancelled');
  expect(upstream.calls).toEqual([]);
});

test('a workflow that is off refuses events, and the events page says so', async ({ signedIn: page, api, upstream }) => {
  const { url } = await live(api, 'Switched off', orders(upstream.url));
  await page.reload();
  await page.getByRole('button', { name: '“Switched off” is on: change' }).click();
  await page.getByRole('menuitemradio', { name: /^Off/ }).click();
  await expect(page.getByRole('button', { name: '“Switched off” is off: change' })).toBeVisible();

  expect((await send(url, { amount: 1 })).status).toBeGreaterThanOrEqual(400);
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await page.getByRole('radio', { name: 'Refused' }).click();
  const row = page.getByRole('row').filter({ hasText: 'Switched off' });
  await expect(row).toContainText('Refused');
  await expect(row).toContainText(/off/i);
  expect(upstream.calls).toEqual([]);
});
