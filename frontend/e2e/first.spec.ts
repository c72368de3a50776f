import { Editor } from './editor.ts';
import { createOwner, expect, test, watch } from './harness.ts';
import { noObstacles } from './obstacles.ts';
import { Server } from './server.ts';
import { Shots } from './shots.ts';

test('an empty instance offers three ways, and its list of first steps ticks itself', async ({ browser, playwright }) => {
  const bare = await Server.start();
  const api = await playwright.request.newContext({ baseURL: bare.url, extraHTTPHeaders: { Origin: bare.url } });
  await createOwner(api, bare);
  const context = await browser.newContext({ baseURL: bare.url, storageState: await api.storageState() });
  const page = await context.newPage();
  const complaints = watch(page);
  await page.goto('/workflows');
  const steps = page.getByTestId('first-steps');
  await expect(steps).toContainText('0 of 4');
  for (const way of ['Try a template', 'Listen for a webhook', 'Start blank']) await expect(page.getByRole('button', { name: way })).toBeVisible();
  await new Shots(page).everyLook('first-steps');
  await noObstacles(page, 'the first steps');
  await page.getByRole('button', { name: 'Listen for a webhook' }).click();
  const editor = new Editor(page);
  // The trigger is open and waits.
  await expect(editor.inspector).toContainText('Waiting for an event');
  await page.goto('/workflows');
  await expect(steps).toContainText('1 of 4');
  await api.post('/api/v1/connections', { data: { connector: 'slack', method: 'bot_token', label: 'To try', sandbox: true } });
  await page.reload();
  await expect(steps).toContainText('2 of 4');
  // What a search hides stays ticked.
  await page.getByLabel('Search workflows').fill('no such workflow');
  await expect(page.getByRole('button', { name: 'Clear the search' })).toBeVisible();
  await expect(steps).toContainText('2 of 4');
  await page.reload();
  await expect(steps).toContainText('2 of 4');
  await steps.getByRole('button', { name: 'Do not show this again' }).click();
  await expect(steps).toBeHidden();
  // From then on nothing is asked for it.
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto('/workflows');
  await page.getByRole('link', { name: 'Untitled workflow' }).first().waitFor();
  await expect(steps).toBeHidden();
  expect(asked).toContain('/api/v1/workflows');
  expect(asked).not.toContain('/api/v1/connections');
  expect(complaints).toEqual([]);
  await context.close();
  await api.dispose();
  await bare.stop();
});
