import { send } from './editor.ts';
import { expect, test, watch } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { open, output, reaches, start, timeline } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, setFields } from './workflows.ts';

// The step before hands the link on, as a mail would.
const refunds = definition({
  mail: { label: 'Mail the link', kind: setFields({ link: 'links.ask' }) },
  ask: {
    label: 'Ask for the refund',
    kind: {
      type: 'wait',
      until: {
        type: 'approval',
        question: { template: [{ text: 'Refund ' }, { pill: { source: 'event', path: ['body', 'amount'] } }, { text: ' €?' }] },
        shown: [{ name: 'Customer', value: from('event.body.customer') }, { name: 'Lines', value: from('event.body.lines') }],
      },
    },
  },
  note: { label: 'Note the decision', kind: setFields({ said: 'ask.comment', approved: 'ask.approved' }) },
});

test('a person approves on a page of its own, and the run goes on', async ({ signedIn: page, browser, api }) => {
  const { url } = await live(api, 'Refunds', refunds);
  const id = await start(url, { amount: 42, customer: 'Ada <b>Lovelace</b>', lines: [{ sku: 'A-1', count: 2 }] });
  const waiting = await reaches(api, id, 'waiting');
  const { link } = output(waiting, 'mail') as { link: string };
  const run = await open(page, id);
  await timeline(run);
  await run.getByRole('button', { name: /^Ask for the refund: Waiting/ }).click();
  await expect(run.getByTestId('wait-url')).toContainText(link);
  await new Shots(page).everyLook('waiting-run');

  // Somebody without an account, in a browser of their own.
  const visitor = await (await browser.newContext()).newPage();
  const complaints = watch(visitor);
  await test.step('opening the page decides nothing', async () => {
    await visitor.goto(link);
    await visitor.reload();
    await expect(visitor.getByRole('heading', { name: 'Refund 42 €?' })).toBeVisible();
    await expect(visitor.getByText('Ada <b>Lovelace</b>')).toBeVisible();
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
    expect((await reaches(api, id, 'waiting')).run.seq).toBe(waiting.run.seq);
    await noObstacles(visitor, 'approval page');
    await new Shots(visitor).everyLook('approval');
  });

  const late = await visitor.context().newPage();
  await late.goto(link);
  await test.step('a comment goes with the decision', async () => {
    await visitor.getByLabel('Comment').fill('Only this once');
    await visitor.getByRole('button', { name: 'Approve' }).click();
    await expect(visitor.getByRole('heading', { name: 'Approved' })).toBeVisible();
    await expect(visitor.getByText('Only this once')).toBeVisible();
    await noObstacles(visitor, 'decided approval');
    await new Shots(visitor).everyLook('approved');
    expect(output(await reaches(api, id, 'succeeded'), 'note')).toEqual({ said: 'Only this once', approved: true });
  });

  await test.step('whoever comes later is told how it was decided', async () => {
    const answered = late.waitForResponse((answer) => answer.request().method() === 'POST');
    await late.getByRole('button', { name: 'Reject' }).click();
    expect((await answered).status()).toBe(409);
    await expect(late.getByRole('heading', { name: 'Approved' })).toBeVisible();
    expect(output(await reaches(api, id, 'succeeded'), 'note')).toEqual({ said: 'Only this once', approved: true });
  });

  await test.step('the page of the run follows by itself', async () => {
    await expect(run.getByTestId('wait-answer')).toContainText('Approved');
    await expect(run.getByTestId('wait-answer')).toContainText('Only this once');
    await expect(run.getByText(/^Finished in/)).toBeVisible();
    await new Shots(page).everyLook('approved-run');
  });
  expect(complaints, 'errors in the browser').toEqual([]);
  await visitor.context().close();
});

test('a rejection is told in the same word on both pages', async ({ signedIn: page, browser, api }) => {
  const { url } = await live(api, 'Refunds refused', refunds);
  const id = await start(url, { amount: 7 });
  const { link } = output(await reaches(api, id, 'waiting'), 'mail') as { link: string };
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(link);
  await visitor.getByRole('button', { name: 'Reject' }).click();
  await expect(visitor.getByRole('heading', { name: 'Rejected' })).toBeVisible();
  await visitor.context().close();
  await reaches(api, id, 'succeeded');
  const run = await open(page, id);
  await timeline(run);
  await run.getByRole('button', { name: /^Ask for the refund: Succeeded/ }).click();
  await expect(run.getByTestId('wait-answer')).toContainText('Rejected');
});

test('another system answers a callback once', async ({ signedIn: page, api }) => {
  const steps = definition({
    order: { label: 'Order the payment', kind: setFields({ link: 'links.paid' }) },
    paid: { label: 'Wait for the payment', kind: { type: 'wait', until: { type: 'callback' } } },
    keep: { label: 'Keep the answer', kind: setFields({ status: 'paid.body.status', via: 'paid.query.via' }) },
  });
  const { url } = await live(api, 'Payments', steps);
  const id = await start(url, {});
  const { link } = output(await reaches(api, id, 'waiting'), 'order') as { link: string };
  const run = await open(page, id);
  await timeline(run);
  await run.getByRole('button', { name: /^Wait for the payment: Waiting/ }).click();

  const fetched = await fetch(link);
  expect([fetched.status, fetched.headers.get('allow')]).toEqual([405, 'POST, PUT']);
  await reaches(api, id, 'waiting');
  const taken = await send(`${link}?via=bank`, { status: 'paid' });
  expect([taken.status, await taken.json()]).toEqual([200, { answered: true, run: id }]);
  expect(output(await reaches(api, id, 'succeeded'), 'keep')).toEqual({ status: 'paid', via: 'bank' });
  const second = await send(link, { status: 'refused' });
  expect([second.status, (await second.json()).error.code]).toEqual([409, 'wait.answered']);
  await expect(run.getByText(/^Finished in/)).toBeVisible();
  await expect(run.getByTestId('wait-answer')).toBeVisible();
  // Time that passed waiting is not drawn as work.
  await expect(run.locator('.seg.waiting')).toHaveCount(1);
  await new Shots(page).everyLook('callback-run');
});
