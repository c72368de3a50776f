import type { Page } from '@playwright/test';
import { OWNER, expect, test, watch } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, from, setFields } from './workflows.ts';

const MAY = { email: 'may@example.com', name: '<b onclick="x">May</b> \u202eMaker', password: 'a horse that may build' };

async function join(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Join the workspace' })).toBeVisible();
}

test('somebody is invited, signs in, gets another role, and goes', async ({ signedIn: page, api, browser, server }) => {
  const shots = new Shots(page);
  await create(api, 'Greeting', definition({ keep: { label: 'Keep', kind: setFields({ name: 'event.body.name' }) } }));
  await page.goto('/settings');
  const members = page.getByRole('list', { name: 'Members' });
  await expect(members.getByRole('listitem')).toHaveCount(1);
  await expect(members).toContainText(OWNER.email);
  await expect(members.getByRole('button', { name: /^Remove/ }), 'the last owner stays').toHaveCount(0);

  let link = '';
  await test.step('a link is made and shown once', async () => {
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
    await dialog.getByLabel('Only for this e-mail address').fill('nobody');
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    await expect(dialog.getByText('Enter an address like name@example.com.')).toBeVisible();
    await dialog.getByLabel('Only for this e-mail address').fill(MAY.email);
    await dialog.getByLabel('May do').selectOption('viewer');
    await noObstacles(page, 'invite');
    await shots.everyLook('invite');
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const ready = page.getByRole('dialog', { name: 'Send this link' });
    link = await ready.getByTestId('invite-link').innerText();
    expect(link).toMatch(/\/join#[0-9a-f]{64}$/);
    await ready.getByRole('button', { name: 'I have copied it' }).click();
    await expect(page.getByRole('list', { name: 'Open invitations' })).toContainText(MAY.email);
    expect(await (await api.get('/api/v1/invites')).text()).not.toContain(link.split('#')[1]);
  });

  const context = await browser.newContext({ baseURL: server.url });
  const other = await context.newPage();
  const complaints = watch(other);
  await test.step('whoever has it makes an account and is in, as a viewer', async () => {
    await join(other, new URL(link).pathname + new URL(link).hash);
    await expect(other.getByText('invites you to “Acme” as a viewer.')).toBeVisible();
    await noObstacles(other, 'join');
    await new Shots(other).everyLook('join');
    await other.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(other.getByText('Enter your name.')).toBeVisible();
    await other.getByLabel('Your name').fill(MAY.name);
    await other.getByLabel('Password', { exact: true }).fill(MAY.password);
    await other.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(other.getByRole('heading', { name: 'Dashboard', exact: true })).toBeVisible();
    expect(other.url()).not.toContain('#');
    await other.goto('/workflows');
    await expect(other.getByRole('link', { name: 'Greeting' })).toBeVisible();
    await expect(other.getByRole('button', { name: 'New workflow' })).toHaveCount(0);
    await other.getByRole('link', { name: 'Greeting' }).click();
    await expect(other.getByTestId('read-only')).toBeVisible();
    await other.goto('/settings');
    await expect(other.getByText('Only owners of the workspace invite people')).toBeVisible();
    expect((await other.request.post('/api/v1/workflows', { data: { name: 'x' }, headers: { Origin: server.url } })).status()).toBe(403);
  });

  await test.step('the link works once', async () => {
    const third = await (await browser.newContext({ baseURL: server.url })).newPage();
    await third.goto(new URL(link).pathname + new URL(link).hash);
    await expect(third.getByRole('heading', { name: 'This invitation is not open any more' })).toBeVisible();
    await third.context().close();
  });

  await test.step('another role holds at once', async () => {
    await page.reload();
    await expect(members.getByRole('listitem')).toHaveCount(2);
    await noObstacles(page, 'members');
    await page.getByRole('heading', { name: 'API tokens' }).scrollIntoViewIfNeeded();
    await shots.everyLook('members');
    const may = members.getByRole('listitem').filter({ hasText: MAY.email }).getByRole('combobox');
    await may.selectOption('owner');
    await expect(members.getByRole('combobox'), 'neither is the last owner').toHaveCount(2);
    await may.selectOption('maker');
    await expect(members.getByRole('combobox'), 'the last owner stays one').toHaveCount(1);
    await expect(page.getByText('The role is changed.').first()).toBeVisible();
    await other.goto('/workflows');
    await expect(other.getByRole('button', { name: 'New workflow', exact: true })).toBeVisible();
  });

  await test.step('signing out and in again works for the second person', async () => {
    await other.getByRole('button', { name: 'Account and theme' }).or(other.getByRole('button', { name: /account and theme/ })).click();
    await other.getByRole('menuitem', { name: 'Sign out' }).click();
    await other.getByLabel('Email', { exact: true }).fill(MAY.email);
    await other.getByLabel('Password', { exact: true }).fill(MAY.password);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await expect(other.getByRole('heading', { name: 'Workflows', exact: true })).toBeVisible();
  });

  await test.step('whoever is removed is out, here and now', async () => {
    // A browser notes the 401 of whoever is not signed in yet.
    expect(complaints.filter((text) => !text.includes('status of 401')), 'errors in the browser').toEqual([]);
    await page.reload();
    await members.getByRole('button', { name: /^Remove/ }).click();
    const dialog = page.getByRole('dialog', { name: /^Remove/ });
    await expect(dialog).toContainText('They are signed out everywhere');
    await noObstacles(page, 'remove');
    await shots.everyLook('remove-member');
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(members.getByRole('listitem')).toHaveCount(1);
    await other.goto('/workflows');
    await expect(other.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await other.getByLabel('Email', { exact: true }).fill(MAY.email);
    await other.getByLabel('Password', { exact: true }).fill(MAY.password);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await expect(other.getByText('This account belongs to no workspace.')).toBeVisible();
    await context.close();
  });
});
