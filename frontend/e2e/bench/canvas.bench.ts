import { expect, test } from '../harness.ts';
import { create, setFields } from '../workflows.ts';
import { percentile, throttle, traced } from './trace.ts';
import type { Page } from '@playwright/test';

const STEPS = 500;
/** As many times slower than this machine. */
const SLOWER = 4;

/** 500 steps: every tenth a branch with three of the others in each of its arms. */
function large(): object {
  const steps: Record<string, object> = {};
  const body: string[] = [];
  const plain = (slug: string) => {
    steps[slug] = { slug, label: `Step ${slug}`, kind: setFields({ email: 'event.body.email', name: 'event.body.name' }) };
    return slug;
  };
  let made = 0;
  while (made < STEPS) {
    if (made % 10 === 0 && made + 7 <= STEPS) {
      const slug = `branch_${made}`;
      const arm = (id: string) => ({ id, label: id, body: [0, 1, 2].map((n) => plain(`in_${made}_${id}_${n}`)) });
      steps[slug] = { slug, label: `Branch ${made}`, kind: { type: 'branch', mode: 'first', arms: [{ ...arm('a'), condition: { expr: 'event.body.amount > 10' } }, arm('b')] } };
      body.push(slug);
      made += 7;
    } else {
      body.push(plain(`step_${made}`));
      made += 1;
    }
  }
  return { schema: 1, triggers: [{ id: 'start', label: 'New event', kind: { type: 'webhook' } }], steps, body };
}

/** Milliseconds until what `act` does is drawn. */
async function until(page: Page, act: () => Promise<void>, selector: string): Promise<number> {
  await page.evaluate((selector) => {
    const from = performance.now();
    const state = window as unknown as { measured: Promise<number> };
    state.measured = new Promise((resolve) => {
      const look = () => {
        if (document.querySelector(selector)) requestAnimationFrame(() => resolve(performance.now() - from));
        else requestAnimationFrame(look);
      };
      addEventListener('click', look, { once: true, capture: true });
      addEventListener('keydown', look, { once: true, capture: true });
    });
  }, selector);
  await act();
  return page.evaluate(() => (window as unknown as { measured: Promise<number> }).measured);
}

test('a workflow of 500 steps', async ({ signedIn: page, api }) => {
  const name = 'Five hundred steps';
  await create(api, name, large());
  await page.reload();
  const link = page.getByRole('link', { name }).first();
  await link.waitFor();
  await throttle(page, SLOWER);
  const figures: Record<string, string> = {};
  const open = await until(page, () => link.click(), '.layer [data-node^="step:"]');
  figures['open'] = `${open.toFixed(0)} ms (with the server's answer)`;
  const canvas = page.getByTestId('canvas');
  const box = (await canvas.boundingBox())!;
  const cards = await page.locator('.layer [data-node]').count();
  figures['cards in the document'] = `${cards} of ${STEPS + 1}`;
  expect(cards).toBeLessThan(80);
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  const pan = await traced(page, async () => {
    for (let turn = 0; turn < 90; turn += 1) {
      await page.mouse.wheel(0, turn < 60 ? 40 : -40);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  });
  figures['pan, main thread a frame'] = shown(pan.work, pan.long);
  await page.keyboard.down('Control');
  const zoom = await traced(page, async () => {
    for (let turn = 0; turn < 60; turn += 1) {
      await page.mouse.wheel(0, turn % 20 < 10 ? 12 : -12);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  });
  await page.keyboard.up('Control');
  figures['zoom, main thread a frame'] = shown(zoom.work, zoom.long);
  const palette = await until(page, () => page.keyboard.press('Control+k'), '[data-testid=palette] [role=option]');
  figures['open the palette'] = `${palette.toFixed(0)} ms`;
  await page.keyboard.press('Escape');
  await page.locator('.layer [data-node^="step:"]').first().focus();
  await page.keyboard.press('Control+d');
  const undo = await traced(page, async () => {
    await page.keyboard.press('Control+z');
    await page.evaluate(() => new Promise(requestAnimationFrame));
    await page.evaluate(() => new Promise(requestAnimationFrame));
  });
  figures['undo, main thread'] = `${undo.work.reduce((sum, one) => sum + one, 0).toFixed(1)} ms`;
  console.log(`\n500 steps, processor ${SLOWER} times slower`);
  for (const [what, value] of Object.entries(figures)) console.log(`  ${what.padEnd(28)} ${value}`);
  expect(pan.work.length).toBeGreaterThan(10);
});

function shown(work: number[], long: number): string {
  return `p50 ${percentile(work, 0.5).toFixed(1)} ms, p95 ${percentile(work, 0.95).toFixed(1)} ms, worst ${Math.max(...work).toFixed(1)} ms; ${long} long tasks (${work.length} frames)`;
}
