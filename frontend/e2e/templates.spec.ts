import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';

test('a template is tried with simulated services: its first event comes, and its run is shown', async ({ signedIn: page }) => {
  const shots = new Shots(page);
  await page.getByRole('button', { name: /^More templates|^Start from an example/ }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Templates' });
  if (!(await dialog.isVisible())) await page.getByRole('menuitem', { name: /^Templates/ }).click();
  await expect(dialog.getByRole('listitem').first()).toBeVisible();
  await noObstacles(page, 'templates');
  await shots.everyLook('templates');
  await dialog.getByRole('listitem').filter({ hasText: 'Pull requests' }).getByRole('button', { name: /^Try it/ }).click();
  await expect(page).toHaveURL(/\/runs\/run_/, { timeout: 60_000 });
  await expect(page.getByText('Succeeded', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('Simulated account: nothing was sent outside.').first()).toBeVisible();
  await shots.everyLook('template-run');
  await page.goto('/connections');
  await expect(page.getByText('Sandbox', { exact: true }).first()).toBeVisible();
  await shots.everyLook('connections');

  // In the editor it is made to happen again, in other ways.
  await page.goto('/workflows');
  await page.getByRole('link', { name: /Pull requests/ }).first().click();
  await page.getByRole('treeitem').first().click();
  const happen = page.getByTestId('happen');
  await expect(happen.getByRole('combobox')).toBeEnabled();
  await happen.getByRole('combobox').selectOption('doubled');
  await happen.getByRole('button', { name: 'Make it happen' }).click();
  await expect(happen.getByText('Started a run')).toBeVisible();
  await expect(happen.getByText('Came before')).toBeVisible();
  await happen.getByRole('combobox').selectOption('forged');
  await happen.getByRole('button', { name: 'Make it happen' }).click();
  await expect(happen.getByText('Refused')).toBeVisible();
  await expect(happen.getByText(/signature does not match/)).toBeVisible();
  await happen.getByText('What is told').click();
  await happen.getByRole('textbox').fill('{ "action": ');
  await happen.getByRole('button', { name: 'Make it happen' }).click();
  await expect(happen.getByText(/not JSON/)).toBeVisible();
  await happen.scrollIntoViewIfNeeded();
  await noObstacles(page, 'happen');
  await shots.everyLook('happen');
  await happen.getByRole('button', { name: 'Back to what is made up' }).click();
  await happen.getByRole('combobox').selectOption('usual');
  await happen.getByRole('button', { name: 'Make it happen' }).click();
  await happen.getByRole('link', { name: 'Open the run' }).click();
  await expect(page).toHaveURL(/\/runs\/run_/);
});
