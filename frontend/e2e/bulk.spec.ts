import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all, reaches, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, post, setFields, wait } from './workflows.ts';

test('equal failures are replayed as one, and what is shown is deleted', async ({ signedIn: page, api, upstream }) => {
  const shots = new Shots(page);
  upstream.behave({ only: '/gone', status: 409, body: { error: 'taken' } });
  const steps = definition({
    shape: { label: 'Shape the data', kind: setFields({ total: 'event.body.amount' }) },
    send_on: { label: 'Send it on', kind: post(`${upstream.url}/gone`, from('shape.total')) },
  });
  const { id, url } = await live(api, 'Many bookings', steps);
  for (const amount of [1, 2, 3]) await reaches(api, await start(url, { amount }), 'failed');
  upstream.clear();

  await page.goto(`/runs?workflow=${id}&grouped=1`);
  const group = page.getByRole('list', { name: 'Equal failures' }).getByRole('listitem').filter({ hasText: 'Many bookings' });
  await group.getByRole('button', { name: 'Act on 3 runs that failed alike' }).click();
  await page.getByRole('menuitem', { name: 'Replay them…' }).click();
  const ask = page.getByRole('dialog', { name: 'Replay 3 runs?' });
  await expect(ask.getByRole('radio', { name: /^From “Send it on”/ })).toBeChecked();
  await noObstacles(page, 'asked before many are replayed');
  await shots.everyLook('bulk-replay');
  await ask.getByRole('button', { name: 'Replay 3 runs' }).click();
  await expect(page).toHaveURL(/bulk=job_/);
  const state = page.getByRole('status', { name: 'Action on many runs' });
  await expect(state).toContainText('3 runs are begun again.');
  await expect.poll(() => upstream.calls.map((call) => call.body).sort()).toEqual(['1', '2', '3']);
  await shots.everyLook('bulk-state');
  await page.reload();
  await expect(state, 'the address keeps it').toContainText('3 runs are begun again.');

  await test.step('what was replayed is not replayed again', async () => {
    await group.getByRole('button', { name: 'Act on 3 runs that failed alike' }).click();
    await page.getByRole('menuitem', { name: 'Replay them…' }).click();
    const again = page.getByRole('dialog', { name: 'Replay 0 runs?' });
    await expect(again.getByText('No run that fits can be replayed')).toBeVisible();
    await expect(again.getByRole('button', { name: 'Replay 0 runs' })).toBeDisabled();
    await again.getByLabel('Leave out those that were replayed since').uncheck();
    await expect(page.getByRole('dialog', { name: 'Replay 3 runs?' })).toBeVisible();
    await page.keyboard.press('Escape');
  });

  await test.step('all that fit a filter are deleted, with their number said', async () => {
    await page.goto(`/runs?workflow=${id}&status=failed`);
    await expect(page.getByRole('row').filter({ hasText: 'Many bookings' })).toHaveCount(3);
    await page.getByRole('button', { name: 'Act on all' }).click();
    await noObstacles(page, 'what can be done with all');
    await page.getByRole('menuitem', { name: 'Delete them…' }).click();
    await page.getByRole('dialog', { name: 'Delete 3 runs?' }).getByRole('button', { name: 'Delete 3 runs' }).click();
    await expect(state).toContainText('3 runs are deleted.');
    await expect(page.getByRole('row').filter({ hasText: 'Many bookings' })).toHaveCount(0);
    await state.getByRole('button', { name: 'Hide this' }).click();
    await expect(state).toHaveCount(0);
    await expect(page).toHaveURL(new RegExp(`/runs\\?status=failed&workflow=${id}$`));
    expect((await (await api.get(`/api/v1/runs?workflow=${id}`)).json()).items).toHaveLength(3);
  });
});

test('all that wait are cancelled, and calls nobody knows of are settled', async ({ signedIn: page, api, upstream }) => {
  const later = definition({ later: { label: 'Wait an hour', kind: wait(3_600_000) } });
  const waiting = await live(api, 'Many that wait', later);
  for (const n of [1, 2]) await reaches(api, await start(waiting.url, { n }), 'waiting');
  await page.goto(`/runs?workflow=${waiting.id}`);
  await page.getByRole('button', { name: 'Act on all' }).click();
  await page.getByRole('menuitem', { name: 'Say what happened…' }).click();
  const none = page.getByRole('dialog', { name: 'What happened to the calls of 0 runs?' });
  await expect(none.getByText('No run that fits waits for somebody to say what happened.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Act on all' }).click();
  await page.getByRole('menuitem', { name: 'Cancel them…' }).click();
  await page.getByRole('dialog', { name: 'Cancel 2 runs?' }).getByRole('button', { name: 'Cancel 2 runs' }).click();
  await expect(page.getByRole('status', { name: 'Action on many runs' })).toContainText('2 runs are cancelled.');
  await all(api, waiting.id, 2, 'cancelled');

  upstream.behave({ reset: true });
  const steps = definition({ send_on: { label: 'Send it on', kind: post(`${upstream.url}/lost`, from('event.body')) } });
  const unknown = await live(api, 'Many unknown', steps);
  for (const n of [1, 2]) await start(unknown.url, { n });
  await all(api, unknown.id, 2, 'waiting');
  upstream.clear();
  await page.goto(`/runs?workflow=${unknown.id}&hold=unknown`);
  await page.getByRole('button', { name: 'Act on all' }).click();
  await page.getByRole('menuitem', { name: 'Say what happened…' }).click();
  const ask = page.getByRole('dialog', { name: 'What happened to the calls of 2 runs?' });
  await expect(ask.getByRole('button', { name: 'Settle 2 runs' })).toBeDisabled();
  await ask.getByRole('radio', { name: /^It happened, go on/ }).check();
  await noObstacles(page, 'asked before many are settled');
  await new Shots(page).everyLook('bulk-settle');
  await ask.getByRole('button', { name: 'Settle 2 runs' }).click();
  await expect(page.getByRole('status', { name: 'Action on many runs' })).toContainText('2 runs are settled.');
  await all(api, unknown.id, 2, 'succeeded');
  expect(upstream.calls, 'nothing is sent again').toEqual([]);
});
