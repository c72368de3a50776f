import { Editor } from './editor.ts';
import { noObstacles } from './obstacles.ts';
import { connectionOf, expect, openForm, press, registerApp, test } from './oidc/fixture.ts';
import { APP, agree } from './oidc/provider.ts';
import { Shots } from './shots.ts';
import { create, definition, setFields } from './workflows.ts';

test('the owner registers an app, and then accounts can be connected', async ({ desk: page, home }) => {
  const shots = new Shots(page);
  await page.goto('/connections');
  await expect(page.getByText('No connections yet')).toBeVisible();
  await noObstacles(page, 'no connections');
  await shots.everyLook('connections-empty');

  await test.step('services are found while somebody types', async () => {
    await page.getByRole('button', { name: 'Add connection' }).click();
    await expect(page.getByRole('button', { name: /^Slack/ })).toBeVisible();
    await noObstacles(page, 'services');
    await shots.everyLook('connect-services');
    const search = page.getByRole('searchbox', { name: 'Search services' });
    await search.fill('no such thing');
    await expect(page.getByText('No service of that name')).toBeVisible();
    await search.fill('orde');
    await search.press('ArrowDown');
    await expect(page.getByRole('button', { name: /^Orderly/ })).toBeFocused();
    await page.keyboard.press('Enter');
  });

  await test.step('a vendor that does not know the server leads to its app', async () => {
    await expect(page.getByText(/has to know this server first/)).toBeVisible();
    await noObstacles(page, 'consent without an app');
    await shots.everyLook('connect-no-app');
    await page.getByRole('link', { name: 'Register the app' }).click();
    await expect(page.getByRole('heading', { name: 'App at Orderly' })).toBeVisible();
    await expect(page.getByTestId('redirect')).toHaveText(`${home.url}/oauth/callback`);
    await expect(page.getByText('Read orders')).toBeVisible();
    await page.getByRole('button', { name: 'Save the app' }).click();
    await expect(page.getByText('The vendor shows the client ID with the app.')).toBeVisible();
    await page.getByLabel('Client ID').fill(APP.id);
    await page.getByLabel('Client secret').fill(APP.secret);
    await noObstacles(page, 'app');
    await shots.everyLook('app');
    await page.getByRole('button', { name: 'Save the app' }).click();
    await expect(page.getByText('The app is registered: accounts can be connected.')).toBeVisible();
    await expect(page.getByText('There is one. Left empty, it stays.')).toBeVisible();
    expect(await page.content()).not.toContain(APP.secret);
    await page.getByRole('link', { name: 'Apps', exact: true }).click();
    await expect(page.getByRole('link', { name: /^Orderly/ })).toContainText('Registered');
    await noObstacles(page, 'apps');
    await shots.everyLook('apps');
  });

  await test.step('the form says what is asked for and why', async () => {
    await openForm(page);
    await expect(page.getByText(/has to know this server first/)).toHaveCount(0);
    await expect(page.getByRole('checkbox', { name: /Read orders/ })).toBeChecked();
    await expect(page.getByRole('checkbox', { name: /renewed without you/ })).toBeDisabled();
    await noObstacles(page, 'consent');
    await shots.everyLook('connect-consent');
  });

  await test.step('connected', async () => {
    const popup = await press(page, 'Connect Orderly');
    await noObstacles(page, 'waiting for the vendor');
    await shots.everyLook('connect-waiting');
    await agree(popup, 'ada');
    await connectionOf(page);
    await expect(page.getByRole('heading', { name: 'ada', level: 1 })).toBeVisible();
    await expect(page.getByText('No workflow uses it yet.')).toBeVisible();
    await noObstacles(page, 'connection');
    await shots.everyLook('connection');
  });

  await test.step('renamed, and deleted', async () => {
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Orders of Ada');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { name: 'Orders of Ada', level: 1 })).toBeVisible();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByText('No connections yet')).toBeVisible();
  });
});

test('a step connects its account without leaving the editor', async ({ desk: page, calls }) => {
  await registerApp(calls);
  const { id } = await create(calls, 'Asks', definition({ first: { label: 'First', kind: setFields({ a: '1' }) } }));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Who is it');
  await editor.inspector.locator('[data-field=connection]').getByRole('button', { name: 'Add' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect Orderly' });
  await expect(dialog.getByRole('checkbox', { name: /Say whose account it is/ })).toBeDisabled();
  await expect(dialog.getByRole('checkbox', { name: /Say whose account it is/ })).toBeChecked();
  await dialog.getByText('Allow more now').click();
  await expect(dialog.getByRole('checkbox', { name: /Read orders/ })).not.toBeChecked();
  await noObstacles(page, 'consent in the editor');
  await new Shots(page).everyLook('connect-editor');
  const popup = await press(page, 'Connect Orderly');
  await agree(popup, 'ada');
  const field = editor.inspector.getByLabel('Connection', { exact: true });
  await expect(field.locator('option:checked')).toHaveText('ada');
  await editor.saved();
});

test('a tab that leaves the editor for the vendor comes back to its step', async ({ browserOfOwner, calls }) => {
  await registerApp(calls);
  const page = await browserOfOwner.newPage();
  await page.addInitScript(() => (window.open = () => null));
  const { id } = await create(calls, 'Leaves', definition({ first: { label: 'First', kind: setFields({ a: '1' }) } }));
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.addStep('Who is it');
  await editor.saved();
  await editor.inspector.locator('[data-field=connection]').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('button', { name: 'Connect Orderly' }).click();
  await page.waitForURL(/127\.0\.0\.2/);
  await agree(page, 'grace');
  await page.waitForURL(`**/workflows/${id}`);
  const field = editor.inspector.getByLabel('Connection', { exact: true });
  await expect(field.locator('option:checked')).toHaveText('grace');
});

test('keys that a person types in, and what is wrong with them', async ({ desk: page, vendor, calls }) => {
  await registerApp(calls);
  await openForm(page);
  await page.getByRole('radio', { name: /^Access token/ }).check();
  await page.getByRole('button', { name: 'Add connection' }).last().click();
  await expect(page.getByText('This is needed.').first()).toBeVisible();
  await page.getByRole('textbox', { name: 'Server' }).fill(vendor.issuer);
  await page.locator('input[type=password]').first().fill('not-a-token');
  await page.getByRole('button', { name: 'Add connection' }).last().click();
  await expect(page.getByRole('alert').filter({ hasText: 'Orderly does not accept this' })).toBeVisible();
  await noObstacles(page, 'typed');
  await new Shots(page).everyLook('connect-typed');
});

test('a page of a connection that is not there says so', async ({ desk: page }) => {
  await page.goto('/connections/nonsense');
  await expect(page.getByText('There is no such connection').first()).toBeVisible();
  await noObstacles(page, 'no connection');
});
