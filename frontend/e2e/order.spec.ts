import { send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all, open, output, reaches, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, post, setFields } from './workflows.ts';

test('the order of a key holds, and what came while paused runs afterwards', async ({ signedIn: page, api }) => {
  const steps = {
    ...definition({
      tell: { label: 'Hand the link on', kind: setFields({ link: 'links.wait' }) },
      wait: { label: 'Wait for a word', kind: { type: 'wait', until: { type: 'callback' } } },
    }),
    settings: { order_key: from('event.body.customer') },
  };
  const { id: workflow, url } = await live(api, 'In order', steps);
  const first = await start(url, { customer: 'ada', n: 1 });
  const second = await start(url, { customer: 'ada', n: 2 });
  const other = await start(url, { customer: 'bob', n: 3 });
  const at = await reaches(api, first, 'waiting');
  await reaches(api, other, 'waiting');
  const behind = await (await api.get(`/api/v1/runs/${second}`)).json();
  expect([behind.run.hold, behind.steps]).toEqual(['lane', []]);
  const run = await open(page, second);
  await expect(run.getByText(/^Waiting for its turn/)).toBeVisible();
  await noObstacles(page, 'run behind another one');
  await new Shots(page).everyLook('lane-run');

  await test.step('paused, it keeps what comes', async () => {
    await page.goto(`/workflows/${workflow}`);
    await page.getByRole('button', { name: 'Turn on, pause or turn off' }).click();
    await page.getByRole('menuitemradio', { name: /^Paused?/ }).click();
    await expect(page.getByRole('button', { name: 'Turn on, pause or turn off' })).toContainText('Paused');
    for (const customer of ['cleo', 'dan']) {
      const answer = await send(url, { customer });
      expect([answer.status, (await answer.json()).held]).toEqual([202, true]);
    }
    await page.goto('/workflows');
    await expect(page.getByRole('listitem').filter({ hasText: 'In order' })).toContainText('2 held');
    await new Shots(page).everyLook('held');
  });

  await test.step('the one before gets its word: the next would begin, were the workflow on', async () => {
    const { link } = output(at, 'tell') as { link: string };
    expect((await fetch(link, { method: 'POST' })).status).toBe(200);
    await reaches(api, first, 'succeeded');
    await expect.poll(async () => (await (await api.get(`/api/v1/runs/${second}`)).json()).run.hold).toBe('paused');
    await open(page, second);
    await expect(run.getByText(/^Paused/)).toBeVisible();
    await page.goto('/workflows');
  });

  await test.step('turned on again, the held events run', async () => {
    await page.getByRole('button', { name: '“In order” is paused: change' }).click();
    await page.getByRole('menuitemradio', { name: /^On/ }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'In order' })).not.toContainText('held');
    await expect(async () => {
      const { items } = await (await api.get(`/api/v1/runs?workflow=${workflow}&status=waiting`)).json();
      expect(items).toHaveLength(4);
      expect(items.map((run: { id: string }) => run.id)).toEqual(expect.arrayContaining([second, other]));
    }).toPass();
  });
});

test('all failures of a workflow are replayed at once', async ({ signedIn: page, api, upstream }) => {
  upstream.behave({ status: 404 });
  const steps = definition({ send: { label: 'Send it', kind: post(`${upstream.url}/many`, from('event.body.n')) } });
  const { id: workflow, url } = await live(api, 'Fails often', steps);
  for (const n of [1, 2, 3]) await start(url, { n });
  await all(api, workflow, 3, 'failed');
  upstream.clear();
  const started = await api.post('/api/v1/bulk', { data: { action: 'replay', filter: { workflow, status: 'failed' } } });
  expect(started.status(), await started.text()).toBe(200);
  const { id } = await started.json();
  await expect(async () => {
    const bulk = await (await api.get(`/api/v1/bulk/${id}`)).json();
    expect([bulk.state, bulk.done, bulk.failed, bulk.skipped]).toEqual(['finished', 3, 0, 0]);
  }).toPass();
  await expect.poll(() => upstream.calls.map((call) => call.body).sort()).toEqual(['1', '2', '3']);
  await page.goto(`/runs?workflow=${workflow}`);
  await expect(page.getByRole('row').filter({ hasText: 'Succeeded' })).toHaveCount(3);
  await new Shots(page).everyLook('replayed');
});
