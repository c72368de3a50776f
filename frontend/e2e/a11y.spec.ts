import { send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { definition, from, live, post, setFields } from './workflows.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no page has serious obstacles, ${colorScheme}`, async ({ signedIn: page, api, upstream }) => {
    const steps = definition({
      shape: { label: 'Shape the data', kind: setFields({ email: 'event.body.email' }) },
      send_on: { label: 'Send it on', kind: post(upstream.url, from('shape.email')) },
    });
    const name = `Seen in ${colorScheme}`;
    const { id, url } = await live(api, name, steps);
    expect((await send(url, { email: 'ada@engines.example' })).status).toBeLessThan(300);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });

    const look = (where: string) => noObstacles(page, where);
    await page.goto('/workflows');
    await page.getByRole('link', { name }).first().waitFor();
    await look('workflows');
    await page.goto(`/workflows/${id}`);
    await page.getByRole('treeitem', { name: /^Shape the data/ }).click();
    await expect(page.getByTestId('inspector')).toBeVisible();
    await look('editor');
    await page.goto('/runs');
    const row = page.getByRole('row').filter({ hasText: name });
    await expect(row).toContainText('Succeeded');
    await look('runs');
    await row.getByRole('link', { name }).click();
    await expect(page.getByText(/^Finished in/)).toBeVisible();
    await look('run');
  });
}
