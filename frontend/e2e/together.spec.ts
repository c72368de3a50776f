import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { all, open, output, reaches, start, timeline } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, setFields } from './workflows.ts';

const price = {
  ...definition({ net: { label: 'Work it out', kind: setFields({ total: 'event.body.count * 3' }) } }),
  triggers: [
    {
      id: 'start',
      label: 'Asked for a price',
      kind: {
        type: 'workflow',
        fields: [
          { key: 'sku', label: 'Article', kind: 'text', required: true },
          { key: 'count', label: 'How many', kind: 'number', required: true },
        ],
        returns: [{ key: 'total', value: from('net.total') }],
      },
    },
  ],
};

test('a step gets back what another workflow worked out', async ({ signedIn: page, api }) => {
  const other = await live(api, 'Price of an order', price);
  const ask = { type: 'sub_workflow', workflow: other.id, input: { sku: from('event.body.sku'), count: from('event.body.count') } };
  const steps = definition({
    ask: { label: 'Ask for the price', kind: ask },
    keep: { label: 'Keep it', kind: setFields({ total: 'ask.output.total' }) },
  });
  const { url } = await live(api, 'Offers', steps);
  const id = await start(url, { sku: 'A-1', count: 4 });
  expect(output(await reaches(api, id, 'succeeded'), 'keep')).toEqual({ total: 12 });

  const run = await open(page, id);
  await timeline(run);
  await run.getByRole('button', { name: /^Ask for the price: Succeeded/ }).click();
  await expect(run.getByTestId('child-run')).toContainText('Price of an order');
  await noObstacles(page, 'run with a child');
  await new Shots(page).everyLook('parent-run');
  await run.getByTestId('child-run').getByRole('link', { name: 'Price of an order' }).click();
  await expect(run.getByTestId('parent-run')).toContainText(id);
  await new Shots(page).everyLook('child-run');

  await test.step('a field that is asked for and not given is said at the step', async () => {
    const failed = await reaches(api, await start(url, { count: 4 }), 'failed');
    await open(page, failed.run.id);
    await expect(run.getByText(/^Failed at “Ask for the price”: .*Article/)).toBeVisible();
    await new Shots(page).everyLook('parent-failed');
  });
});

test('three runs gather, and one goes on with them', async ({ signedIn: page, api }) => {
  const steps = definition({
    gather: { label: 'Gather three', kind: { type: 'collect', item: from('event.body.name'), count: 3 } },
    keep: { label: 'Keep them', kind: setFields({ names: 'gather.items', why: 'gather.closed_by' }) },
  });
  const { id: workflow, url } = await live(api, 'Digest', steps);
  const ids: string[] = [];
  for (const name of ['Ada', 'Bob', 'Cleo']) ids.push(await start(url, { name }));
  const runs = await all(api, workflow, 4, 'succeeded');
  const on = runs.find((run) => !ids.includes(run.id))!;
  const { names, why } = output(await reaches(api, on.id, 'succeeded'), 'keep') as { names: string[]; why: string };
  expect([[...names].sort(), why]).toEqual([['Ada', 'Bob', 'Cleo'], 'count']);

  const run = await open(page, on.id);
  await expect(run.getByText('Goes on with what was gathered at “Gather three”')).toBeVisible();
  await timeline(run);
  await run.getByRole('button', { name: /^Gather three: Succeeded/ }).click();
  await new Shots(page).everyLook('collected-run');
  await open(page, ids[0]);
  await timeline(run);
  await run.getByRole('button', { name: /^Gather three: Succeeded/ }).click();
  await noObstacles(page, 'gathered run');
  await new Shots(page).everyLook('gathered-run');
});

test('a workflow hears of the failures of another one', async ({ signedIn: page, api }) => {
  const need = { type: 'set', fields: [{ name: 'name', value: from('event.body.name'), required: true }] };
  const broken = await live(api, 'Breaks', definition({ need: { label: 'Need a name', kind: need } }));
  const tell = setFields({ what: 'event.body.workflow.name', why: 'event.body.error.message', who: 'event.body.event.body.id' });
  const listening = {
    ...definition({ keep: { label: 'Tell somebody', kind: tell } }),
    triggers: [{ id: 'start', label: 'Something failed', kind: { type: 'failure', workflows: [broken.id] } }],
  };
  const { id: listener } = await live(api, 'Tells of failures', listening);
  const failed = await reaches(api, await start(broken.url, { id: 7 }), 'failed');
  const [told] = await all(api, listener, 1, 'succeeded');
  const said = output(await reaches(api, told.id, 'succeeded'), 'keep');
  expect(said).toEqual({ what: 'Breaks', why: failed.run.error?.message, who: 7 });
  const run = await open(page, told.id);
  await expect(run.getByText(/^Finished in/)).toBeVisible();
  await new Shots(page).everyLook('failure-run');
  await open(page, failed.run.id);
  await new Shots(page).everyLook('failed-run');
});
