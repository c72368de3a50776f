import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';

test('a template is tried with simulated services', async ({ signedIn: page }) => {
  const shots = new Shots(page);
  await page.getByRole('button', { name: /^More templates|^Start from an example/ }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Templates' });
  if (!(await dialog.isVisible())) await page.getByRole('menuitem', { name: /^Templates/ }).click();
  await expect(dialog.getByRole('listitem').first()).toBeVisible();
  await noObstacles(page, 'templates');
  await shots.everyLook('templates');
  await dialog.getByRole('button', { name: /^Try it/ }).first().click();
  await expect(page).toHaveURL(/\/workflows\/wf_/);
  await expect(page.getByRole('treeitem').first()).toBeVisible();
  await page.goto('/connections');
  await expect(page.getByText('Sandbox', { exact: true }).first()).toBeVisible();
  await shots.everyLook('connections');
});
