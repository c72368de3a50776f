import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './harness.ts';

/** Fails, at the end of the test, when the page as it is now puts serious obstacles in somebody's way. */
export async function noObstacles(page: Page, where: string): Promise<void> {
  // What fades in has other contrasts on its way.
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((one) => one.playState === 'running' && one.effect?.getComputedTiming().iterations !== Infinity);
    const ended = Promise.all(ending.map((one) => one.finished.catch(() => undefined)));
    // One of an element that is taken away meanwhile never says so.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
  });
  // In one page: otherwise it adds its figures up in another, and now and then this one is drawn no more after that, so that no press on
  // it ever comes to an end.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const said = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect.soft(said, where).toEqual([]);
}
