import { Editor, send } from '../editor.ts';
import { expect, test } from '../harness.ts';
import { create, definition, setFields } from '../workflows.ts';
import { percentile, throttle } from './trace.ts';

/** How many times slower the processor is made: a small laptop beside this machine. */
const SLOWER = 4;
const KEYS = 150;
const TEXT = 'we have looked at your order and send it today ';

test('typing in a mapped field, from the key to what it gives', async ({ signedIn: page, api }) => {
  const one = { label: 'Set', kind: setFields({ a: 'event.body.name', b: 'event.body.email', c: '"x"' }) };
  const steps = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`set_${at}`, one]));
  const of = definition({ ...steps, last: { label: 'Greet', kind: setFields({ text: 'event.body.name', more: 'event.body.email' }) } });
  const { id, testUrl } = await create(api, 'Typing', of);
  expect((await send(testUrl, { name: 'Ada Lovelace', email: 'ada@engines.example' })).status).toBeLessThan(300);
  await page.goto(`/workflows/${id}`);
  const editor = new Editor(page);
  await editor.card('Greet').click();
  await editor.field('Value of text').fill('Dear {{ event.body.name }}, ');
  await page.keyboard.press('Escape');
  await throttle(page, SLOWER);
  await page.evaluate(() => {
    const [found, drawn]: [number[], number[]] = [[], []];
    let since = 0;
    addEventListener('keydown', () => (since = performance.now()), true);
    const ofPreview = (node: Node) => (node instanceof Element ? node : node.parentElement)?.closest('.prev') !== null;
    new MutationObserver((records) => {
      if (since === 0 || !records.some((record) => ofPreview(record.target) || [...record.addedNodes].some(ofPreview))) return;
      const from = since;
      since = 0;
      found.push(performance.now() - from);
      requestAnimationFrame(() => setTimeout(() => drawn.push(performance.now() - from)));
    }).observe(document.querySelector('[data-testid=inspector]')!, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { typing: { found, drawn } });
  });
  for (let at = 0; at < KEYS; at += 1) {
    const letter = TEXT[at % TEXT.length]!;
    await page.keyboard.press(letter === ' ' ? 'Space' : letter);
    await page.waitForTimeout(60);
  }
  const { found, drawn } = await page.evaluate(() => (window as unknown as { typing: Record<'found' | 'drawn', number[]> }).typing);
  await throttle(page, 1);
  expect(found.length).toBeGreaterThan(KEYS / 2);
  console.log(`\nTyping in a mapped field, processor ${SLOWER} times slower (${found.length} keys)`);
  for (const [what, values] of [['key to preview', found], ['key to the next frame', drawn]] as const) {
    const [half, most] = [percentile(values, 0.5), percentile(values, 0.95)];
    console.log(`  ${what.padEnd(28)} p50 ${half.toFixed(1)} ms, p95 ${most.toFixed(1)} ms, worst ${Math.max(...values).toFixed(1)} ms`);
  }
});
