import { OWNER, expect, test } from './harness.ts';
import { Server } from './server.ts';

test('the owner is created with the token only, signs out and in again', async ({ browser }) => {
  const server = await Server.start();
  const page = await browser.newPage({ baseURL: server.url });
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

    await test.step('the right one leads to the dashboard, which says what to do first', async () => {
      await page.getByLabel('Setup token').fill(server.setupToken());
      await page.getByRole('button', { name: 'Create account' }).click();
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
