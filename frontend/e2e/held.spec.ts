import { send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { open, reaches, start } from './runs.ts';
import { Shots } from './shots.ts';
import { create, definition, from, live, post, setFields } from './workflows.ts';

test('a run the system holds says why and is let go on', async ({ signedIn: page, api }) => {
  const shots = new Shots(page);
  // Calls itself, and would six times: the run of the sixth event is held.
  const less = { test: { left: from('event.body.n'), op: 'less_than', right: { literal: 5 } } };
  const steps = (url: string) =>
    definition({
      few: { label: 'Only a few', kind: { type: 'filter', condition: less } },
      next: { label: 'Count on', kind: setFields({ n: 'event.body.n + 1' }) },
      again: { label: 'Tell itself', kind: post(url, from('next')) },
    });
  const { id, url } = await create(api, 'Goes round', steps('http://127.0.0.1:9/'));
  const { draft_rev: rev } = await (await api.get(`/api/v1/workflows/${id}`)).json();
  const saved = await (await api.put(`/api/v1/workflows/${id}/draft`, { data: { rev, definition: steps(url) } })).json();
  const published = await api.post(`/api/v1/workflows/${id}/publish`, { data: { rev: saved.rev, note: '', turn_on: true } });
  expect(published.status(), await published.text()).toBeLessThan(300);
  expect((await send(url, { n: 0 })).status).toBeLessThan(300);
  const held = async () => (await (await api.get(`/api/v1/runs?workflow=${id}&hold=system`)).json()).items.map((run: { id: string }) => run.id);
  await expect.poll(async () => (await held()).length, { timeout: 20_000 }).toBe(1);

  const [run] = await held();
  const shown = await open(page, run);
  await expect(shown.getByText(/^Stopped by the system\. .*5 times.* It waits until somebody lets it go on or cancels it\.$/)).toBeVisible();
  await expect(shown.getByText(/replay it/i)).toHaveCount(0);
  await noObstacles(page, 'a run that is held');
  await shots.everyLook('held');
  await shown.getByRole('button', { name: 'Let it go on' }).click();
  await expect(page.getByText('The run goes on.')).toBeVisible();
  await expect(shown.getByText(/^Filtered out at “Only a few”/)).toBeVisible();
  await expect(shown.getByRole('button', { name: 'Let it go on' })).toHaveCount(0);

  await test.step('the journal tells it in order', async () => {
    await shown.getByRole('button', { name: 'Journal', exact: true }).click();
    const journal = page.getByRole('dialog', { name: 'Journal' });
    const facts = journal.getByRole('list', { name: 'What happened in this run' }).getByRole('listitem');
    await expect(facts.filter({ hasText: 'It was put aside: held by the system.' })).toHaveCount(1);
    await expect(facts.filter({ hasText: 'Somebody’s word to go on reached it, from owner@example.com.' })).toHaveCount(1);
    await expect(facts.last()).toContainText('It ended: filtered out.');
    await facts.first().getByText('As it is written').click();
    await expect(facts.first()).toContainText('run_created');
    await noObstacles(page, 'the journal of a run');
    await shots.everyLook('journal');
    await page.keyboard.press('Escape');
    await expect(journal).toBeHidden();
  });

  await test.step('and the activity log says who', async () => {
    await page.goto('/settings/activity?what=run.*');
    await expect(page.getByRole('row').filter({ hasText: 'let a run go on' }).filter({ hasText: 'owner@example.com' })).toHaveCount(1);
  });
});

test('a call that was under way when its run was cancelled may have happened', async ({ signedIn: page, api, upstream }) => {
  upstream.behave({ delayMs: 20_000 });
  const steps = definition({ send_on: { label: 'Send it on', kind: post(`${upstream.url}/slow`, from('event.body')) } });
  const { url } = await live(api, 'Slow answer', steps);
  const run = await start(url, { text: '<img src=x onerror=alert(1)>' });
  await expect.poll(() => upstream.calls.length).toBe(1);
  const shown = await open(page, run);
  await expect(shown.getByText('Under way', { exact: true })).toBeVisible();
  await shown.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('dialog', { name: 'Cancel this run?' }).getByRole('button', { name: 'Cancel run' }).click();
  await reaches(api, run, 'cancelled');
  await expect(shown.getByText('May have happened', { exact: true })).toBeVisible();
  await expect(shown.getByText('Under way', { exact: true })).toHaveCount(0);
  await expect(shown.getByText(/^Cancelled .*The call of “Send it on” was under way: it may have happened\.$/)).toBeVisible();
  await noObstacles(page, 'a cancelled run');
  await new Shots(page).everyLook('cancelled');
});

test('a run leads to its replays, and says who published its version', async ({ signedIn: page, api }) => {
  const { url } = await live(api, 'Gone through again', definition({ keep: { label: 'Keep', kind: setFields({ n: 'event.body.n' }) } }));
  const run = await start(url, { n: 1 });
  await reaches(api, run, 'succeeded');
  const shown = await open(page, run);
  await expect(shown.getByText(/^published by owner@example\.com,/)).toBeVisible();
  const replays = shown.getByRole('region', { name: 'Replayed as' });
  await expect(replays).toHaveCount(0);
  const { run: replay } = await (await api.post(`/api/v1/runs/${run}/replay`, { data: {} })).json();
  await expect(replays.getByRole('listitem')).toHaveCount(1);
  await expect(replays).toContainText('Succeeded');
  await noObstacles(page, 'a run with a replay');
  await new Shots(page).everyLook('replays');
  await replays.getByRole('link', { name: replay }).click();
  await expect(shown.getByText('Replay of')).toBeVisible();
});
