import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Shots } from './shots.ts';
import { create, definition, setFields } from './workflows.ts';

test('what has come regularly is offered as what should come', async ({ signedIn: page, api }) => {
  const { id } = await create(api, 'Orders', definition({ one: { label: 'One', kind: setFields({ a: '1' }) } }));
  const path = `/api/v1/workflows/${id}/expectation`;
  // A new workflow has no past.
  const bare = await api.get(`${path}?time_zone=Europe/Berlin`);
  expect([bare.status(), await bare.json()]).toEqual([200, {}]);
  expect((await api.get(`${path}?time_zone=Europe/Nowhere`)).status()).toBe(422);
  await page.goto(`/workflows/${id}`);
  const open = async () => {
    await page.getByRole('button', { name: 'More about this workflow' }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
  };
  const settings = page.getByRole('dialog', { name: 'Settings' });
  const expected = settings.getByRole('region', { name: 'What should come' });
  const suggestion = expected.getByRole('note', { name: 'A suggestion from the past' });
  await open();
  await expect(expected).toBeVisible();
  await expect(suggestion).toBeHidden();
  await page.keyboard.press('Escape');

  // Weeks of history are what a browser's test cannot wait for: the answer over them stands in their place.
  const answer = { suggestion: { expects: { events: 5, by: '0 18 * * 1-5' }, days: 50, spans: 35, missed: 1 } };
  await page.route(`**${path}*`, (route) => route.fulfill({ json: answer }));
  await open();
  await expect(suggestion).toContainText('In the past 7 weeks, at least 5 events came on weekdays by 18:00, 34 of 35 times.');
  await suggestion.scrollIntoViewIfNeeded();
  await noObstacles(page, 'a suggestion');
  await new Shots(page).everyLook('suggestion');
  await suggestion.getByRole('button', { name: 'Use this' }).click();
  await expect(suggestion).toBeHidden();
  await expect(expected.getByRole('spinbutton')).toHaveValue('5');
  await expect(expected.locator('input.mono')).toHaveValue('0 18 * * 1-5');
  const draft = async () => (await (await api.get(`/api/v1/workflows/${id}`)).json()).draft.settings.expects;
  await expect.poll(draft).toEqual({ events: 5, by: '0 18 * * 1-5' });
  // Something else is expected by hand: what the past says is offered again.
  await expected.getByRole('spinbutton').fill('3');
  await expect(suggestion).toBeVisible();
});
