import { Editor, holds } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all, reaches, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, post, setFields } from './workflows.ts';

const orders = (url: string) =>
  definition({
    shape: { label: 'Shape the data', kind: setFields({ total: 'event.body.amount' }) },
    first: { label: 'Tell the shop', kind: post(`${url}/shop`, from('shape.total')) },
    send_on: { label: 'Send it on', kind: post(`${url}/lists/7`, from('shape.total')) },
  });

test('from an alert to a mended workflow and replayed runs', async ({ signedIn: page, api, upstream }) => {
  const shots = new Shots(page);
  upstream.behave({ only: '/lists/7', status: 404, body: { error: 'no such list' } });
  const { id: workflow, url } = await live(api, 'Orders to the list', orders(upstream.url));
  for (const amount of [12, 34, 56]) await reaches(api, await start(url, { amount }), 'failed');

  // It leads to the last of them.
  const counted = async () => (await (await api.get(`/api/v1/alerts?workflow=${workflow}`)).json()).items[0]?.count;
  await expect.poll(counted, { timeout: 45_000 }).toBe(3);
  await page.goto('/alerts');
  const alert = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: '“Orders to the list” fails' }) });
  await expect(alert).toContainText('3 runs have failed');
  await alert.getByRole('link', { name: 'Fix and replay' }).click();

  const editor = new Editor(page);
  const bar = page.getByTestId('mend');
  await expect(bar).toContainText('It failed at “Send it on”');
  await expect(bar).toContainText('404');
  await expect(editor.card('Send it on')).toHaveAttribute('aria-selected', 'true');
  await holds(editor.field('Address'), /lists\/7$/);
  await editor.inspector.getByText('With the sample').click();
  await expect(editor.inspector.getByText('56', { exact: true })).toBeVisible();
  await expect(bar.getByRole('button', { name: /^Replay/ })).toHaveCount(0);
  await noObstacles(page, 'mending');
  await shots.everyLook('mending');

  await editor.field('Address').fill(`${upstream.url}/lists/8`);
  await editor.field('Address').press('Escape');
  await editor.saved();
  await page.getByRole('button', { name: 'Review and publish' }).click();
  await page.getByRole('dialog', { name: 'Review and publish' }).getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(bar).toContainText('Version 2 is live. Replays begin at “Send it on”');
  await expect(bar.getByRole('button', { name: 'Replay all 3 that failed alike' })).toBeVisible();
  await noObstacles(page, 'mended');
  await shots.everyLook('mended');

  await test.step('one is replayed first, and works', async () => {
    await bar.getByRole('button', { name: 'Replay this run' }).click();
    await expect(bar).toContainText('The replay went through.');
    const sent = upstream.calls.filter((call) => call.path === '/lists/8').map((call) => call.body);
    expect(sent).toEqual(['56']);
  });

  await test.step('then all the others, once each, from the step that failed', async () => {
    await bar.getByRole('button', { name: 'Replay the 2 others that failed alike' }).click();
    await expect(bar).toContainText('2 runs are begun again.');
    await expect.poll(() => upstream.calls.filter((call) => call.path === '/lists/8').length).toBe(3);
    const sent = upstream.calls.filter((call) => call.path === '/lists/8').map((call) => call.body);
    expect([...sent].sort()).toEqual(['12', '34', '56']);
    expect(upstream.calls.filter((call) => call.path === '/shop').length, 'what had been done is not done again').toBe(3);
    await noObstacles(page, 'replayed');
    await shots.everyLook('replayed');
  });

  await test.step('loading the page again goes on where it was', async () => {
    await page.reload();
    await expect(bar).toContainText('The replay went through.');
    await expect(bar).toContainText('2 runs are begun again.');
    await bar.getByRole('link', { name: 'See them' }).click();
    await expect(page.getByRole('row').filter({ hasText: 'Orders to the list' })).toHaveCount(3);
    await expect(async () => {
      const { items } = await (await api.get(`/api/v1/runs?workflow=${workflow}&version=2`)).json();
      expect(items.map((run: { status: string; kind: string }) => [run.status, run.kind])).toEqual(Array(3).fill(['succeeded', 'replay']));
    }).toPass({ timeout: 15_000 });
  });
});

test('a run opens the editor with its data, hostile as it may be', async ({ signedIn: page, api, upstream }) => {
  upstream.behave({ only: '/lists/7', status: 422, body: { error: '<img src=x onerror="window.pwned=1">' } });
  const { id: workflow, url } = await live(api, '<img src=x onerror=window.pwned=1> "quoted" \u202e', orders(upstream.url));
  const name = '<img src=x onerror="window.pwned=1">\u202e"';
  const run = await start(url, { amount: name, long: 'x'.repeat(10_000) });
  await reaches(api, run, 'failed');
  await page.goto(`/runs/${run}`);
  await page.getByRole('link', { name: 'Fix and replay' }).click();
  const bar = page.getByTestId('mend');
  await expect(bar).toContainText('It failed at “Send it on”');
  await bar.getByRole('button', { name: 'Stop mending' }).click();
  await expect(bar).toBeHidden();
  expect(new URL(page.url()).search).toBe('');
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);

  await test.step('a run that is not there is said', async () => {
    // The browser itself notes the 404.
    const other = await page.context().newPage();
    await other.goto(`/workflows/${workflow}?fix=run_0000000000001`);
    await expect(other.getByText('The run could not be opened here.')).toBeVisible();
    await expect(new Editor(other).card('Send it on')).toBeVisible();
    await other.close();
  });
  expect((await all(api, workflow, 1, 'failed')).length).toBe(1);
});

test('equal failures are one line, and lists leave as files', async ({ signedIn: page, api, upstream }) => {
  upstream.behave({ only: '/lists/7', status: 409, body: { error: 'taken' } });
  const { url } = await live(api, 'Bookings', orders(upstream.url));
  for (const amount of [1, 2, 3, 4]) await reaches(api, await start(url, { amount }), 'failed');
  await page.goto('/runs');
  await page.getByRole('button', { name: 'Group equal failures' }).click();
  const group = page.getByRole('list', { name: 'Equal failures' }).getByRole('listitem').filter({ hasText: 'Bookings' });
  await expect(group).toHaveCount(1);
  await expect(group).toContainText('4');
  await expect(group).toContainText('409');
  await expect(group).toContainText('at “Send it on”');
  await expect(group.getByRole('link', { name: 'Fix and replay' })).toBeVisible();
  await noObstacles(page, 'groups');
  await new Shots(page).everyLook('groups');
  await group.getByRole('link', { name: 'Show them' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Bookings' })).toHaveCount(4);

  await page.getByRole('button', { name: 'Export' }).click();
  await noObstacles(page, 'export');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV, for spreadsheets' }).click()]);
  const stream = await file.createReadStream();
  let text = '';
  for await (const chunk of stream) text += chunk;
  expect(text.trim().split('\n').length, 'a head and four runs').toBe(5);

  await test.step('the activity log says who took them', async () => {
    await page.goto('/settings');
    await page.getByRole('link', { name: 'Open the activity log' }).click();
    await page.getByLabel('What was done').selectOption({ label: 'Exports of runs' });
    const rows = page.getByRole('row').filter({ hasText: 'exported runs' });
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText('owner@example.com');
    expect(new URL(page.url()).search).toContain('what=runs');
    await page.getByLabel('What was done').selectOption('');
    await expect(page.getByRole('row').filter({ hasText: 'published a workflow' }).first()).toBeVisible();
    await noObstacles(page, 'activity');
    await new Shots(page).everyLook('activity');
    await page.getByLabel('Who did it').selectOption('system');
    await expect(page.getByText('Nobody has done anything that fits these filters.')).toBeVisible();
  });
});

test('a renamed field gives an alert that names the new one, and the editor says so', async ({ signedIn: page, api, upstream }) => {
  const steps = definition({ keep: { label: 'Keep the address', kind: setFields({ to: 'event.body.email' }) } });
  const { id: workflow, url } = await live(api, 'Newsletter', steps);
  for (let n = 0; n < 8; n += 1) await start(url, { email: `ada${n}@example.com` });
  // They are learned from before the form changes.
  await page.waitForTimeout(7_000);
  for (let n = 0; n < 4; n += 1) await start(url, { email_address: `ada${n}@example.com` });
  await page.goto('/alerts');
  const alert = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: '“Newsletter” gets other data than before' }) });
  await expect(alert).toBeVisible({ timeout: 30_000 });
  await expect(alert).toContainText('“email” is missing from the last 4 events; it was in 8 before. It may be called “email_address” now.', { timeout: 30_000 });
  await noObstacles(page, 'shape alert');
  await new Shots(page).everyLook('shape-alert');
  await alert.getByRole('link', { name: '“Newsletter” gets other data than before' }).click();
  await expect(page).toHaveURL(new RegExp(`/workflows/${workflow}`));
  await page.getByRole('button', { name: /things? to look at/ }).click();
  await expect(page.getByText('It may be called “email_address” now.').first()).toBeVisible();
  await new Shots(page).everyLook('shape-problem');
});
