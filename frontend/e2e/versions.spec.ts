import { Editor, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all, open } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, live, post, setFields } from './workflows.ts';

const HOSTILE = '<img src=x onerror="window.hacked=1"> "quoted" שלום 🙂';

test('a person reads what changes, publishes with a note, compares and restores', async ({ signedIn: page, api, upstream }) => {
  const { id, url } = await live(
    api,
    'Leads',
    definition({
      shape: { label: 'Shape the lead', kind: setFields({ email: 'event.body.email' }) },
      tell: { label: 'Tell the CRM', kind: post(`${upstream.url}/contacts`, { literal: { source: 'web' } }) },
      old: { label: 'Old step', kind: { type: 'delay', for: { ms: 1000 } } },
    }),
  );
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Shape the lead').click();
  await editor.inspector.getByLabel('Name of the step').fill(HOSTILE);
  await editor.inspector.getByLabel('Name of the step').press('Enter');
  await editor.card('Tell the CRM').click();
  await editor.field('Address').fill(`${upstream.url}/people`);
  await editor.field('Address').press('Escape');
  await editor.card('Old step').click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Delete');
  await editor.saved();

  await page.getByRole('button', { name: 'Review and publish' }).click();
  const review = page.getByRole('dialog', { name: 'Review and publish' });
  const changes = review.getByTestId('changes').getByRole('listitem');
  await expect(changes).toHaveCount(3);
  await expect(changes.filter({ hasText: 'Tell the CRM' })).toContainText(/Address.*\/contacts.*\/people/);
  await expect(changes.filter({ hasText: HOSTILE })).toContainText('Shape the lead');
  await expect(changes.filter({ hasText: 'Old step' })).toContainText('Removed');
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  await noObstacles(page, 'review');
  await new Shots(page).everyLook('review');
  await review.getByLabel('Note for this version').fill('The CRM moved');
  await review.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(review).toBeHidden();

  await test.step('the history tells who changed what, between any two versions', async () => {
    await page.getByRole('button', { name: 'More about this workflow' }).click();
    await page.getByRole('menuitem', { name: 'History' }).click();
    const history = page.getByRole('dialog', { name: 'History' });
    await expect(history.getByText('The CRM moved')).toBeVisible();
    await expect(history.getByText(/by owner@example.com/).first()).toBeVisible();
    await history.getByRole('button', { name: 'What changed in version 2' }).click();
    await expect(history.getByTestId('changes')).toContainText('/people');
    await page.emulateMedia({ colorScheme: 'dark' });
    await noObstacles(page, 'history, dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await noObstacles(page, 'history');
    await new Shots(page).everyLook('history');
    await history.getByLabel('Compared with').selectOption({ label: 'The draft as it is now' });
    await expect(history.getByText('Nothing differs between these two.')).toBeVisible();
    // While the other version is on its way, nothing is shown that is not so.
    const read: string[] = [];
    let come = () => {};
    const held = new Promise<void>((resolve) => { come = resolve; });
    await page.route('**/versions/*', async (route) => {
      read.push(route.request().url());
      await held;
      await route.continue();
    });
    await history.getByLabel('Compared with').selectOption({ label: 'Version 1' });
    await expect.poll(() => read.length).toBe(1);
    await expect(history.getByTestId('changes')).toHaveCount(0);
    come();
    await expect(history.getByTestId('changes')).toContainText('/people');
    expect(read.map((url) => url.split('/').pop()), 'the one in question is known already').toEqual(['1']);
    await page.unroute('**/versions/*');
    await history.getByRole('button', { name: 'What changed in version 1' }).click();
    await expect(history.getByTestId('changes')).toContainText('Old step');
    await history.getByRole('button', { name: 'Restore version 1' }).click();
    await expect(history).toBeHidden();
    await expect(editor.card('Old step')).toBeVisible();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(editor.card('Old step')).toBeHidden();
  });

  await test.step('a run leads to its version', async () => {
    await send(url, { email: 'ada@engines.example' });
    const [run] = await all(api, id, 1, 'succeeded');
    await open(page, run.id);
    await page.getByRole('link', { name: 'Version 2' }).click();
    await expect(page.getByRole('dialog', { name: 'History' }).getByTestId('changes')).toContainText('/people');
  });
});
