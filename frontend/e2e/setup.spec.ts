import { OWNER, expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Server } from './server.ts';
import { Shots } from './shots.ts';

test('the owner is created with the token only, signs out and in again', async ({ browser, upstream }) => {
  const server = await Server.start();
  const page = await browser.newPage({ baseURL: server.url });
  const shots = new Shots(page);
  try {
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Set up Patchbay' })).toBeVisible();

    await test.step('what is missing is said beside its field', async () => {
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByText('Enter the token the server printed.')).toBeVisible();
      await expect(page.getByText('Use at least 10 characters.')).toBeVisible();
    });

    await test.step('a wrong token is refused in words', async () => {
      await page.getByLabel('Setup token').fill('not-the-token');
      await page.getByLabel('Your name').fill('Olive Owner');
      await page.getByLabel('Email').fill(OWNER.email);
      await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByRole('alert').filter({ hasText: /token/i })).toBeVisible();
      await expect(page.getByRole('heading', { name: 'Set up Patchbay' })).toBeVisible();
    });

    await test.step('the right one leads to one question', async () => {
      await page.getByLabel('Setup token').fill(server.setupToken());
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByRole('heading', { name: 'Where should we tell you when something fails?' })).toBeVisible();
      await noObstacles(page, 'first channel');
      await shots.everyLook('first-channel');
    });

    await test.step('what does not get through is said and leaves nothing behind', async () => {
      await page.getByRole('button', { name: 'Send a test' }).click();
      await expect(page.getByText('Enter the address.')).toBeVisible();
      await page.getByLabel('How', { exact: true }).selectOption('discord');
      await page.getByLabel('Address', { exact: true }).fill('nowhere');
      await page.getByRole('button', { name: 'Send a test' }).click();
      await expect(page.getByRole('alert').filter({ hasText: 'This is no address that can be called' })).toBeVisible();
      upstream.clear();
      upstream.behave({ status: 404 });
      await page.getByLabel('Address', { exact: true }).fill(`${upstream.url}/on-call/hidden`);
      await page.getByRole('button', { name: 'Send a test' }).click();
      const refused = page.getByRole('alert').filter({ hasText: 'The test message has not gone through.' });
      await expect(refused).toContainText('404');
      await expect(refused).not.toContainText('hidden');
      await noObstacles(page, 'first channel, refused');
      await shots.everyLook('first-channel-refused');
      const left = await page.request.get('/api/v1/channels');
      expect((await left.json()).items).toEqual([]);
    });

    await test.step('what gets through is kept', async () => {
      upstream.behave();
      await page.getByRole('button', { name: 'Send a test' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'The test message has gone through.' })).toBeVisible();
      expect(JSON.parse(upstream.calls.at(-1)!.body).embeds[0].title).toBe('A test message from Patchbay');
      await noObstacles(page, 'first channel, proven');
      await shots.everyLook('first-channel-proven');
      const { items } = await (await page.request.get('/api/v1/channels')).json();
      expect(items.map((channel: { name: string }) => channel.name)).toEqual(['Discord']);
      await page.getByRole('button', { name: 'Go on to Patchbay' }).click();
    });

    await test.step('then comes the dashboard, which says what to do first', async () => {
      await expect(page.getByRole('heading', { name: 'Dashboard', exact: true })).toBeVisible();
      await expect(page.getByRole('heading', { name: 'Nothing has run yet' })).toBeVisible();
      await page.getByRole('link', { name: 'Go to workflows' }).click();
      await expect(page.getByRole('heading', { name: 'Workflows', exact: true })).toBeVisible();
    });

    await test.step('signing out asks for the password again', async () => {
      await page.getByRole('button', { name: 'Account and theme' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
      await page.goto('/runs');
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    });

    await test.step('a wrong password is refused in words', async () => {
      await page.getByLabel('Email').fill(OWNER.email);
      await page.getByLabel('Password', { exact: true }).fill('wrong horse battery staple');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page.getByRole('alert').filter({ hasText: /\w/ })).toBeVisible();
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    });

    await test.step('the right one opens the page that was asked for', async () => {
      await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page.getByRole('heading', { name: 'Runs', exact: true })).toBeVisible();
    });
  } finally {
    await page.close();
    await server.stop();
  }
});

test('the question where to tell may be left for later', async ({ browser }) => {
  const server = await Server.start();
  const page = await browser.newPage({ baseURL: server.url });
  try {
    await page.goto('/');
    await page.getByLabel('Setup token').fill(server.setupToken());
    await page.getByLabel('Your name').fill('Olive Owner');
    await page.getByLabel('Email').fill(OWNER.email);
    await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('button', { name: 'Later' }).click();
    await expect(page.getByRole('heading', { name: 'Dashboard', exact: true })).toBeVisible();
    await page.goto('/alerts');
    await expect(page.getByText('Nobody outside this page will be told.')).toBeVisible();
  } finally {
    await page.close();
    await server.stop();
  }
});
