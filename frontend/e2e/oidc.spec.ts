import { OIDC } from './oidc/connector.ts';
import { connection, connectionOf, expect, openForm, press, registerApp, test } from './oidc/fixture.ts';
import { agree, deny, signIn } from './oidc/provider.ts';
import { all, reaches, start } from './runs.ts';
import { definition, live } from './workflows.ts';

test.beforeEach(async ({ calls, vendor }) => {
  vendor.accessTtl = 3600;
  await registerApp(calls);
});

test('an account is connected in a window of the vendor', async ({ desk: page, calls }) => {
  await openForm(page);
  const popup = await press(page, 'Connect Orderly');
  await expect(page.getByText('Waiting for you in the window of Orderly')).toBeVisible();
  const closed = popup.waitForEvent('close');
  await agree(popup, 'ada');
  await closed;
  const id = await connectionOf(page);
  await expect(page.getByRole('heading', { name: 'ada', level: 1 })).toBeVisible();
  const made = await connection(calls, id);
  expect(made).toMatchObject({ status: 'active', account: 'ada' });
  expect([...made.scopes].sort()).toEqual(['offline_access', 'openid', 'orders', 'profile']);
  await page.getByRole('button', { name: 'Test now' }).click();
  await expect(page.getByText('It works: the service accepted these credentials.')).toBeVisible();
});

test('no more is asked for than was ticked', async ({ desk: page, calls }) => {
  await openForm(page);
  await page.getByRole('checkbox', { name: /Read orders/ }).uncheck();
  const popup = await press(page, 'Connect Orderly');
  expect(popup.url()).not.toContain('orders');
  await agree(popup, 'ada');
  const made = await connection(calls, await connectionOf(page));
  expect(made.scopes).not.toContain('orders');
});

test('somebody who says no is told so, and may try again', async ({ desk: page }) => {
  await openForm(page);
  await page.getByRole('textbox', { name: /^Name/ }).fill('Orders of Ada');
  const popup = await press(page, 'Connect Orderly');
  await deny(popup);
  await expect(page.getByRole('alert').filter({ hasText: 'the access was not granted' })).toBeVisible();
  await expect(popup.getByRole('heading', { name: 'Not connected' })).toBeVisible();
  const again = await press(page, 'Connect Orderly');
  await agree(again, 'ada');
  await connectionOf(page);
});

test('without a window this tab goes to the vendor and comes back with what was filled in', async ({ browserOfOwner, calls }) => {
  const page = await browserOfOwner.newPage();
  await page.addInitScript(() => (window.open = () => null));
  await openForm(page);
  await page.getByRole('textbox', { name: /^Name/ }).fill('Orders of Ada');
  await page.getByRole('checkbox', { name: /Read orders/ }).uncheck();
  await page.getByRole('button', { name: 'Connect Orderly' }).click();
  await page.waitForURL(/127\.0\.0\.2/);
  await deny(page);

  await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible();
  await page.getByRole('link', { name: 'Back to Patchbay' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'the access was not granted' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: /^Name/ })).toHaveValue('Orders of Ada');
  await expect(page.getByRole('checkbox', { name: /Read orders/ })).not.toBeChecked();

  await page.getByRole('button', { name: 'Connect Orderly' }).click();
  await page.waitForURL(/127\.0\.0\.2/);
  await agree(page, 'ada');
  const made = await connection(calls, await connectionOf(page));
  expect(made).toMatchObject({ label: 'Orders of Ada', account: 'ada' });
});

test('a code is good once, and only with a state of this browser', async ({ desk: page, browser, home, calls }) => {
  const count = async () => (await (await calls.get('/api/v1/connections')).json()).items.length as number;
  await openForm(page);
  const popup = await press(page, 'Connect Orderly');
  let callback = '';
  popup.on('request', (request) => {
    if (request.url().includes('/oauth/callback?')) callback = request.url();
  });
  await agree(popup, 'ada');
  await connectionOf(page);
  expect(callback).toContain('code=');
  const before = await count();

  await test.step('the same address again', async () => {
    await page.goto(callback);
    await expect(page.getByText(/was begun in another browser, was used already/)).toBeVisible();
  });
  await test.step('a state nobody gave out', async () => {
    await page.goto('/oauth/callback?code=anything&state=invented');
    await expect(page.getByText(/was begun in another browser, was used already/)).toBeVisible();
  });
  await test.step('a state that another browser was given', async () => {
    await openForm(page);
    const answered = page.waitForResponse('**/api/v1/connections/consent');
    const away = await press(page, 'Connect Orderly');
    const state = new URL((await (await answered).json()).url).searchParams.get('state');
    const stranger = await browser.newPage({ baseURL: home.url });
    await stranger.goto(`/oauth/callback?code=anything&state=${state}`);
    await expect(stranger.getByRole('heading', { name: 'Not connected' })).toBeVisible();
    await stranger.close();
    expect(await count()).toBe(before);
    // It is not used up by that: whoever began can finish.
    await agree(away, 'ada');
    await connectionOf(page);
  });
  expect(await count()).toBe(before + 1);
});

test('two tabs connect two accounts at once', async ({ browserOfOwner, calls }) => {
  const [one, other] = [await browserOfOwner.newPage(), await browserOfOwner.newPage()];
  await openForm(one);
  await openForm(other);
  const ofOne = await press(one, 'Connect Orderly');
  const ofOther = await press(other, 'Connect Orderly');
  // The provider keeps one session per browser: the second sign-in follows the first.
  await agree(ofOther, 'bob');
  const second = await connectionOf(other);
  await agree(ofOne, 'ada');
  const first = await connectionOf(one);
  expect(first).not.toBe(second);
  expect((await connection(calls, first)).account).toBe('ada');
  expect((await connection(calls, second)).account).toBe('bob');
});

const who = (connection: string) => ({
  label: 'Ask who it is',
  kind: { type: 'action', connector: OIDC, version: 1, operation: 'who', connection, input: {} },
});

test('tokens are renewed ahead of their end, each refresh token once', async ({ desk: page, calls, vendor }) => {
  // Shorter than the margin: due before every call.
  vendor.accessTtl = 60;
  await openForm(page);
  const popup = await press(page, 'Connect Orderly');
  await agree(popup, 'ada');
  const id = await connectionOf(page);
  const { id: workflow, url } = await live(calls, 'Asks who', definition({ ask: who(id) }));
  const [renewals, revoked, refused] = [vendor.renewals, vendor.revoked, vendor.refused.length];
  for (let n = 0; n < 5; n++) await start(url, { n });
  await all(calls, workflow, 5, 'succeeded');
  expect(vendor.renewals).toBeGreaterThan(renewals);
  const used = vendor.granted.map((granted) => granted.refreshToken);
  expect(new Set(used).size, 'every renewal brought a new refresh token').toBe(used.length);
  expect(vendor.refused.slice(refused)).toEqual([]);
  expect(vendor.revoked, 'no used refresh token was sent again').toBe(revoked);
  expect((await connection(calls, id)).refreshed_at).toBeGreaterThan(0);
  await page.reload();
  await expect(page.getByText('Last renewed')).toBeVisible();
});

test('after a revocation runs wait until the same account is connected again', async ({ desk: page, calls, vendor }) => {
  await openForm(page);
  const popup = await press(page, 'Connect Orderly');
  await agree(popup, 'ada');
  const id = await connectionOf(page);
  const { url } = await live(calls, 'Waits for Ada', definition({ ask: who(id) }));
  await vendor.revoke();
  const run = await start(url, {});

  await test.step('the page says it by itself, and leads with one button', async () => {
    await reaches(calls, run, 'waiting');
    await page.reload();
    const attention = page.getByRole('region', { name: 'This account has to be connected again' });
    await expect(attention).toBeVisible();
    await expect(page.getByRole('link', { name: /Waits for Ada/ })).toBeVisible();
  });
  await test.step('another account is refused, unless a person says so', async () => {
    const away = await press(page, 'Reconnect');
    await agree(away, 'mallory');
    await expect(page.getByRole('alert').filter({ hasText: 'This is the account “mallory”' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Change to this account' })).toBeVisible();
    expect(await connection(calls, id)).toMatchObject({ status: 'needs_reauth', account: 'ada' });
  });
  await test.step('the run goes on once it is Ada again', async () => {
    const away = await press(page, 'Reconnect');
    await agree(away, 'ada');
    await expect(page.getByRole('region', { name: 'This account has to be connected again' })).toHaveCount(0);
    await reaches(calls, run, 'succeeded');
    expect((await connection(calls, id)).status).toBe('active');
  });
  await test.step('a person may change the account on purpose', async () => {
    const away = await press(page, 'Reconnect');
    await agree(away, 'grace');
    await expect(page.getByRole('button', { name: 'Change to this account' })).toBeVisible();
    const again = await press(page, 'Change to this account');
    await agree(again, 'grace');
    await expect(async () => expect((await connection(calls, id)).account).toBe('grace')).toPass();
  });
});

test('a consent that nobody finishes can be given up or opened again', async ({ desk: page }) => {
  await openForm(page);
  const popup = await press(page, 'Connect Orderly');
  await popup.close();
  const [again] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Open the window again' }).click()]);
  await signIn(again, 'ada');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Connect Orderly' })).toBeVisible();
});
