import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, live, setFields } from './workflows.ts';

test('workflows are gathered by tags, and so are their runs', async ({ signedIn: page, api }) => {
  const shots = new Shots(page);
  const steps = definition({ keep: { label: 'Keep', kind: setFields({ n: 'event.body.n' }) } });
  const first = await live(api, 'Tagged orders', steps);
  const other = await live(api, 'Tagged by nobody', steps);
  for (const { id, url } of [first, other]) {
    await start(url, { n: 1 });
    await all(api, id, 1, 'succeeded');
  }
  await page.goto('/workflows');
  const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Tagged orders' }) });
  await row.getByRole('button', { name: 'Actions for “Tagged orders”' }).click();
  await page.getByRole('menuitem', { name: 'Tags…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Tags of “Tagged orders”' });
  await dialog.getByRole('textbox', { name: 'Tags' }).fill('x'.repeat(41));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('A tag has at most 40 characters.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Tags' }).fill('Sales, <img src=x onerror=alert(1)>, sales');
  await noObstacles(page, 'tags of a workflow');
  await shots.everyLook('tags-dialog');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(row.getByRole('list', { name: 'Tags' }).getByRole('listitem')).toHaveText(['<img src=x onerror=alert(1)>', 'Sales']);

  await test.step('the list is narrowed to one', async () => {
    await row.getByRole('button', { name: 'Sales', exact: true }).click();
    await expect(page.getByRole('combobox', { name: 'Tag' })).toHaveValue('Sales');
    await expect(page.getByRole('link', { name: 'Tagged by nobody' })).toBeHidden();
    await expect(page.getByRole('link', { name: 'Tagged orders' })).toBeVisible();
    await noObstacles(page, 'workflows with a tag');
    await shots.everyLook('tags-list');
    await page.getByRole('combobox', { name: 'Tag' }).selectOption('');
    await expect(page.getByRole('link', { name: 'Tagged by nobody' })).toBeVisible();
  });

  await test.step('and the runs', async () => {
    await page.goto('/runs');
    await page.getByRole('combobox', { name: 'Workflow' }).selectOption({ label: 'All tagged “Sales”' });
    await expect(page).toHaveURL(/\/runs\?tag=Sales$/);
    await expect(page.getByRole('row').filter({ hasText: 'Tagged orders' })).toHaveCount(1);
    await expect(page.getByRole('row').filter({ hasText: 'Tagged by nobody' })).toHaveCount(0);
    await page.reload();
    await expect(page.getByRole('row').filter({ hasText: 'Tagged orders' })).toHaveCount(1);
    await expect(page.getByRole('row').filter({ hasText: 'Tagged by nobody' })).toHaveCount(0);
  });

  await test.step('which come by themselves, too', async () => {
    await start(other.url, { n: 2 });
    await start(first.url, { n: 2 });
    await expect(page.getByRole('row').filter({ hasText: 'Tagged orders' })).toHaveCount(2);
    await expect(page.getByRole('row').filter({ hasText: 'Tagged by nobody' })).toHaveCount(0);
  });
});

test('words are found in the steps of all workflows', async ({ signedIn: page, api }) => {
  const { id } = await live(api, 'Searched', definition({ keep: { label: 'Remember it', kind: setFields({ n: 'event.body.zyzzyva' }) } }));
  await page.goto('/workflows');
  await page.getByRole('searchbox', { name: 'Search workflows' }).fill('zyzzy');
  const found = page.getByRole('region', { name: 'Found in steps' });
  await expect(found.getByRole('listitem')).toHaveCount(1);
  await expect(found).toContainText('{{ event.body.zyzzyva }}');
  await noObstacles(page, 'words found in steps');
  await new Shots(page).everyLook('found-in-steps');
  await found.getByRole('link', { name: 'Searched › Remember it' }).click();
  await expect(page).toHaveURL(new RegExp(`/workflows/${id}\\?step=keep$`));
  await expect(page.getByTestId('inspector').getByRole('textbox', { name: 'Name of the step' })).toHaveValue('Remember it');
});
