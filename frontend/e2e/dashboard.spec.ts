import { send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, post, setFields } from './workflows.ts';

const orders = (url: string) =>
  definition({
    shape: { label: 'Shape the data', kind: setFields({ total: 'event.body.amount' }) },
    send_on: { label: 'Send it on', kind: post(url, from('shape.total')) },
  });

test('a failing run appears on the dashboard, and its bar leads to it', async ({ signedIn: page, api, upstream }) => {
  const { id, url } = await live(api, 'Watched orders', orders(`${upstream.url}/orders`));
  for (const amount of [1, 2, 3]) expect((await send(url, { amount })).status).toBeLessThan(300);
  await all(api, id, 3, 'succeeded');
  await page.goto(`/?workflow=${id}`);
  await expect(page.getByRole('link', { name: /^Runs 3/ })).toBeVisible();

  await test.step('it appears by itself', async () => {
    upstream.behave({ status: 404, body: { error: 'no such order' } });
    expect((await send(url, { amount: 4 })).status).toBeLessThan(300);
    const attention = page.getByRole('region', { name: 'What needs attention' });
    await expect(attention.getByRole('link', { name: /^Failed .*in the last hour/ })).toBeVisible();
    const failing = page.getByRole('region', { name: 'Steps that fail most' });
    await expect(failing.getByRole('link', { name: /Send it on · Watched orders/ })).toBeVisible();
  });

  await test.step('nothing stands in anybody’s way, in four looks', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await noObstacles(page, `dashboard, ${colorScheme}`);
    }
    await new Shots(page).everyLook('dashboard');
    await page.setViewportSize({ width: 390, height: 844 });
    await noObstacles(page, 'dashboard on a phone');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  const chart = page.getByRole('region', { name: 'Runs by result' });
  await test.step('bars are reached with the keyboard', async () => {
    const bars = chart.getByRole('list', { name: 'Runs by result' }).getByRole('link');
    await bars.last().focus();
    const before = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await page.keyboard.press('Home');
    const first = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    expect(first).toBeTruthy();
    expect(first).not.toBe(before);
  });

  await test.step('the same figures are in a table', async () => {
    await chart.getByRole('button', { name: 'Show as table' }).click();
    await expect(chart.getByRole('columnheader', { name: 'Failed' })).toBeVisible();
    const failed = await chart.getByRole('row').evaluateAll((rows) =>
      rows.slice(1).reduce((sum, row) => sum + Number(row.querySelectorAll('td')[1].textContent), 0),
    );
    expect(failed).toBeGreaterThanOrEqual(1);
    await chart.getByRole('button', { name: 'Show as chart' }).click();
  });

  await test.step('the failed part of a bar leads to the run', async () => {
    await page.goto(`/?workflow=${id}`);
    await chart.getByRole('link', { name: /: 1 failed$/ }).click();
    await expect(page).toHaveURL(/\/runs\?workflow=.*&status=failed&ended=\d+-\d+$/);
    await expect(page.getByRole('row').filter({ hasText: 'Watched orders' })).toHaveCount(1);
    await expect(page.getByRole('button', { name: /^Ended / })).toBeVisible();
    await page.getByRole('button', { name: /^Ended / }).click();
    await expect(page).toHaveURL(/\/runs\?status=failed&workflow=wf_\w+$/);
  });
});

test('the time and the workflow are kept in the address', async ({ signedIn: page, api, upstream }) => {
  const { id, url } = await live(api, 'Kept in the address', orders(upstream.url));
  expect((await send(url, { amount: 1 })).status).toBeLessThan(300);
  await page.goto('/');
  await page.getByRole('radio', { name: '7d' }).click();
  await expect(page).toHaveURL(/\?window=7d$/);
  await page.getByLabel('Workflow', { exact: true }).selectOption({ label: 'Kept in the address' });
  await expect(page).toHaveURL(new RegExp(`window=7d&workflow=${id}$`));
  await expect(page.getByRole('link', { name: /^Runs 1/ })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('radio', { name: '7d' })).toHaveAttribute('aria-checked', 'true');
  await expect(page.getByRole('link', { name: /^Runs 1/ })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\?window=7d$/);
});

test('runs are narrowed by what happened to them', async ({ signedIn: page, api, upstream }) => {
  upstream.behave({ status: 422, body: { error: 'no' } });
  const { id, url } = await live(api, 'Narrowed', orders(upstream.url));
  expect((await send(url, { amount: 1 })).status).toBeLessThan(300);
  await all(api, id, 1, 'failed');
  await page.goto(`/runs?workflow=${id}`);
  const rows = page.getByRole('row').filter({ hasText: 'Narrowed' });
  await expect(rows).toHaveCount(1);
  await page.getByRole('button', { name: 'More filters' }).click();
  await page.getByLabel('Kind of error').selectOption({ label: 'Refused by the other side' });
  await expect(page).toHaveURL(/error=rejected/);
  await expect(rows).toHaveCount(1);
  await page.getByLabel('Version').selectOption({ label: 'Version 1' });
  await page.getByLabel('Trigger').selectOption({ label: 'New event' });
  await expect(page).toHaveURL(/version=1&trigger=start/);
  await expect(rows).toHaveCount(1);
  await noObstacles(page, 'filters of the runs list');
  await page.getByLabel('Kind of error').selectOption({ label: 'Not allowed' });
  await expect(rows).toHaveCount(0);
});
