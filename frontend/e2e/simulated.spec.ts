import { expect, test } from './harness.ts';

test('an answer that could not be kept stays as it was typed', async ({ browser, server, session, api }) => {
  const made = await api.post('/api/v1/connections', { data: { connector: 'http', method: 'bearer', label: 'Any API', sandbox: true } });
  expect(made.status(), await made.text()).toBeLessThan(300);
  const { id } = await made.json();
  const context = await browser.newContext({ baseURL: server.url, storageState: session });
  const page = await context.newPage();
  await page.goto(`/connections/${id}`);
  const box = page.getByLabel('What it answers');
  const answer = '{ "status": 201, "body": { "said": "<img src=x onerror=alert(1)> שלום" } }';
  await box.fill('{ "status": ');
  await page.getByRole('button', { name: 'Use this answer' }).click();
  await expect(page.getByText('Write it like this')).toBeVisible();
  await box.fill(answer);
  const refusal = { status: 503, json: { error: { code: 'busy', message: 'It is busy right now.' } } };
  await page.route('**/sandbox', (route) => (route.request().method() === 'PUT' ? route.fulfill(refusal) : route.continue()));
  await page.getByRole('button', { name: 'Use this answer' }).click();
  await expect(page.getByText('It is busy right now.')).toBeVisible();
  await expect(box).toHaveValue(answer);
  await page.unroute('**/sandbox');
  await page.getByRole('button', { name: 'Use this answer' }).click();
  await expect(box).toHaveValue(/"status": 201,\n/);
  await page.reload();
  await expect(box).toHaveValue(/"said": "<img/);
  await context.close();
});
