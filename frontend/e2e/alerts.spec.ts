import { send } from './editor.ts';
import { expect, test } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { reaches, start } from './runs.ts';
import { Shots } from './shots.ts';
import { definition, from, live, post, setFields } from './workflows.ts';

test('a burst of failures is told once, outside as well, and somebody looks after it', async ({ signedIn: page, api, upstream }) => {
  const shots = new Shots(page);
  const well = await live(api, 'Runs well', definition({ keep: { label: 'Keep', kind: setFields({ n: 'event.body.n' }) } }));
  await reaches(api, await start(well.url, { n: 1 }), 'succeeded');
  await page.goto('/');
  await expect(page.getByText('Nobody outside this page will be told.'), 'owners see it on the dashboard').toBeVisible();
  await page.goto('/alerts');
  await expect(page.getByText('Nobody outside this page will be told.')).toBeVisible();
  await page.getByRole('link', { name: 'Add a channel' }).click();

  // A channel of one's own, tried at once.
  await page.getByRole('button', { name: 'New channel' }).click();
  const dialog = page.getByRole('dialog', { name: 'New channel' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Give it a name.')).toBeVisible();
  await expect(dialog.getByText('Enter the address.')).toBeVisible();
  await dialog.getByLabel('Name', { exact: true }).fill('On call');
  await dialog.getByLabel('How', { exact: true }).selectOption('webhook');
  await dialog.getByLabel('Address', { exact: true }).fill(`${upstream.url}/on-call`);
  await dialog.getByLabel('Signing secret').fill('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  await noObstacles(page, 'new channel');
  await shots.everyLook('channel');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const channel = page.getByRole('listitem').filter({ hasText: 'On call' });
  await expect(channel).toContainText('Not tested');
  await channel.getByRole('button', { name: 'Send a test' }).click();
  await expect(channel).toContainText('Works');
  expect(upstream.calls.map((call) => [call.path, JSON.parse(call.body).type])).toEqual([['/on-call', 'test']]);
  expect(upstream.calls[0].headers['webhook-signature']).toMatch(/^v1,/);

  // Five failures, one message.
  upstream.clear();
  upstream.behave({ only: '/gone', status: 404 });
  const steps = definition({ send_on: { label: 'Send it on', kind: post(`${upstream.url}/gone`, from('event.body')) } });
  const { url } = await live(api, 'Lead to CRM', steps);
  for (let n = 0; n < 5; n += 1) expect((await send(url, { n })).status).toBeLessThan(300);
  await expect.poll(() => upstream.calls.filter((call) => call.path === '/gone').length).toBe(5);
  await expect
    .poll(() => upstream.calls.filter((call) => call.path === '/on-call').length, { timeout: 20_000 })
    .toBe(1);
  const message = JSON.parse(upstream.calls.find((call) => call.path === '/on-call')!.body);
  expect(message.type).toBe('alert.opened');
  expect(message.data.alert.title).toBe('“Lead to CRM” fails');

  await page.goto('/alerts');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByText(/open alerts?$/)).toBeAttached();
  await expect(page.getByText('Nobody outside this page will be told.')).toBeHidden();
  const alert = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: '“Lead to CRM” fails' }) });
  await expect(alert).toContainText('“On call” was told at', { timeout: 30_000 });
  await expect(alert).toContainText(/404/);
  await noObstacles(page, 'alerts');
  await shots.everyLook('alerts');
  // The list may be read anew under the pointer.
  await expect(async () => {
    const take = alert.getByRole('button', { name: 'I look after it' });
    if (await take.isVisible()) await take.click({ timeout: 2000 });
    await expect(alert).toContainText('owner@example.com looks after it', { timeout: 2000 });
  }).toPass();
  await page.goto('/');
  const told = page.getByRole('region', { name: 'Who was told' }).getByRole('listitem').filter({ hasText: '“Lead to CRM” fails' }).first();
  await expect(told).toContainText('“On call” was told at');
  await expect(told).toContainText('owner@example.com looks after it');
  await expect(page.getByText('Nobody outside this page will be told.')).toBeHidden();
  await noObstacles(page, 'dashboard with an open alert');
  await shots.everyLook('dashboard-told');
  await told.getByRole('link', { name: '“Lead to CRM” fails' }).click();
  await expect(page.getByText(/^Failed at “Send it on”/)).toBeVisible();
});
