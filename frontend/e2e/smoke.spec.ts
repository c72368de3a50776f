import { expect, test, watch } from './harness.ts';

test('an instance without an owner shows the setup page', async ({ page, bare }) => {
  const complaints = watch(page);
  await page.goto(bare.url);
  await expect(page.getByLabel(/token/i)).toBeVisible();
  await expect(page.getByLabel(/e-?mail/i)).toBeVisible();
  expect(complaints).toEqual([]);
});

test('every file of the first load comes with a lasting name and nothing is refused', async ({ page, bare }) => {
  const answers: { path: string; status: number; cache: string }[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    answers.push({ path: pathname, status: response.status(), cache: response.headers()['cache-control'] ?? '' });
  });
  await page.goto(bare.url, { waitUntil: 'networkidle' });
  const assets = answers.filter((answer) => answer.path.startsWith('/assets/'));
  expect(assets.map((asset) => asset.path.split('.').pop())).toEqual(expect.arrayContaining(['css', 'js', 'wasm']));
  expect(assets.filter((asset) => asset.status !== 200)).toEqual([]);
  expect(assets.filter((asset) => !asset.cache.includes('immutable'))).toEqual([]);
});

test('the owner sees the workflows after signing in', async ({ signedIn }) => {
  await expect(signedIn.getByRole('heading', { name: /workflows/i })).toBeVisible();
});

test('the page wears the theme that was chosen before it paints', async ({ browser, bare }) => {
  for (const scheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme: scheme });
    await page.goto(bare.url);
    await expect(page.locator('html')).toHaveAttribute('data-theme', scheme);
    await page.close();
  }
});
