import { send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { reaches, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, live, setFields } from './workflows.ts';

const keep = definition({ keep: { label: 'Keep', kind: setFields({ n: 'event.body.order' }) } });

test('runs and events are found by id and by any value, also what started no run', async ({ signedIn: page, api }) => {
  const shots = new Shots(page);
  const { id, url } = await live(api, 'Found orders', keep);
  const run = await start(url, { order: 'ORD-4711', mail: 'Ada@Findable.example', note: '<img src=x onerror="window.pwned=1">' });
  await reaches(api, run, 'succeeded');
  const off = await api.post(`/api/v1/workflows/${id}/state`, { data: { state: 'off' } });
  expect(off.status(), await off.text()).toBeLessThan(300);
  expect((await send(url, { order: 'ORD-4712', mail: 'ada@findable.example' })).status).toBeGreaterThanOrEqual(400);

  await page.goto('/runs');
  const box = page.getByRole('searchbox', { name: 'Find by run, event, duplicate key or any value' });
  const found = page.getByRole('list', { name: /^What was found for/ });

  await test.step('too little and too much is said', async () => {
    await box.fill('x');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Search for 2 to 200 characters.')).toBeVisible();
    await box.fill('x'.repeat(10_000));
    await page.keyboard.press('Enter');
    await expect(page.getByText('Search for 2 to 200 characters.')).toBeVisible();
    await expect(page).toHaveURL(/\/runs$/);
  });

  await test.step('a value, newest first, with the refused one and why', async () => {
    await box.fill('ADA@findable.example');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/runs\?q=ADA%40findable\.example$/);
    await expect(found.locator('> li')).toHaveCount(2);
    await expect(found.locator('> li').first()).toContainText('Refused');
    await expect(found.locator('> li').first()).toContainText(/off/i);
    await expect(found.locator('> li').first()).toContainText('event.body.mail');
    await expect(found.locator('> li').first().locator('mark')).toHaveText('ada@findable.example');
    await expect(page.getByText(/^2 results found\. All of the last 7 days was looked through/)).toBeVisible();
    await noObstacles(page, 'what was found');
    await shots.everyLook('found-runs');
  });

  await test.step('it leads to the event where there is no run', async () => {
    await found.getByRole('button', { name: 'Found orders' }).click();
    const event = page.getByRole('dialog', { name: 'Event' });
    await expect(event).toContainText('ORD-4712');
    await page.keyboard.press('Escape');
    await expect(event).toBeHidden();
  });

  await test.step('and to the run, with the results beside it', async () => {
    await found.getByRole('link', { name: 'Found orders' }).click();
    await expect(page).toHaveURL(new RegExp(`/runs/${run}\\?q=`));
    await expect(page.getByRole('region', { name: 'Run', exact: true }).getByText(/^Finished in/)).toBeVisible();
    await expect(found.locator('> li')).toHaveCount(2);
    await page.goBack();
    await page.reload();
    await expect(box).toHaveValue('ADA@findable.example');
    await expect(found.locator('> li')).toHaveCount(2);
  });

  await test.step('an id, markup, and nothing', async () => {
    await box.fill(run);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(found.getByText('This is the run’s id.')).toBeVisible();
    await box.fill('<img src=x');
    await page.keyboard.press('Enter');
    await expect(found.locator('mark')).toHaveText('<img src=x');
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    await box.fill('nobody wrote this "\u202e');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Nothing was found' })).toBeVisible();
    await noObstacles(page, 'nothing found');
  });

  await test.step('back to the list', async () => {
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await expect(page).toHaveURL(/\/runs$/);
    await expect(box).toHaveValue('');
    await expect(page.getByRole('row').filter({ hasText: 'Found orders' })).toHaveCount(1);
  });
});

test('a search that goes on is stopped', async ({ signedIn: page, api }) => {
  await live(api, 'Searched for long', keep);
  // The connection stays open without an end, as one that looks through very many events.
  await page.route('**/api/v1/runs/search?*', () => {});
  await page.goto('/runs?q=anything');
  await expect(page.getByText('Looking …')).toBeVisible();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByText('Stopped.', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toHaveCount(0);
  await page.unroute('**/api/v1/runs/search?*');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText(/^All of the last 7 days was looked through|was looked through/)).toBeVisible();
});
