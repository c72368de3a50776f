import { Editor, send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, post, setFields } from './workflows.ts';

test('problems lead to their place, and safe ones are mended by a press that undo takes back', async ({ signedIn: page, api, upstream }) => {
  const { id, testUrl } = await create(
    api,
    'Full of problems',
    definition({
      early: { label: 'Too early', kind: setFields({ total: 'late.n' }) },
      late: { label: 'Comes later', kind: setFields({ n: 'event.body.n' }) },
      ask: { label: 'Ask for it', kind: { ...post(`${upstream.url}/x`, { literal: 1 }), input: { method: { literal: 'GET' } } } },
      end: { label: 'The end', kind: { type: 'stop', result: 'success' } },
      after: { label: 'After the end', kind: setFields({ x: 'event.body.n' }) },
    }),
  );
  expect((await send(testUrl, { n: 1, url: `${upstream.url}/there` })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await page.getByRole('button', { name: /to look at/ }).click();
  const panel = page.getByRole('dialog', { name: /to look at/i });
  await expect(panel.getByRole('listitem')).toHaveCount(3);
  await noObstacles(page, 'problems');
  await page.emulateMedia({ colorScheme: 'dark' });
  await noObstacles(page, 'problems, dark');
  await new Shots(page).everyLook('problems');

  await panel.getByRole('button', { name: 'Too early: Move “Comes later” before it' }).click();
  await expect(panel.getByRole('listitem')).toHaveCount(2);
  await panel.getByRole('button', { name: 'Ask for it: Use url from “New event”' }).click();
  await expect(panel.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(panel.getByRole('listitem')).toHaveCount(2);
  await panel.getByRole('button', { name: /^Ask for it .*required/ }).click();
  await expect(editor.field('Address')).toBeFocused();
});
