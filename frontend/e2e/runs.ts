import { expect, type APIRequestContext, type Locator, type Page } from '@playwright/test';
import { send } from './editor.ts';

/** A run as the API shows it, as far as the tests look. */
export interface Run {
  run: { id: string; status: string; seq: number; error?: { message: string } };
  steps: { step: string; state: { status: string; output?: { v: never } } }[];
}

/** Sends an event and returns the id of the run it starts. */
export async function start(url: string, body: unknown): Promise<string> {
  const answer = await send(url, body);
  expect(answer.status).toBe(200);
  return (await answer.json()).run;
}

/** The run once it has come to `status`. */
export async function reaches(api: APIRequestContext, id: string, status: string): Promise<Run> {
  let found: Run | undefined;
  await expect(async () => {
    found = await (await api.get(`/api/v1/runs/${id}`)).json();
    expect(found?.run.status, JSON.stringify(found?.run.error)).toBe(status);
  }).toPass({ timeout: 15_000 });
  return found!;
}

/** What a step of the run gave. */
export function output(run: Run, step: string): unknown {
  return run.steps.find((one) => one.step === step)?.state.output?.v;
}

/** The runs of a workflow, newest first, once there are `count` that have all come to `status`. */
export async function all(api: APIRequestContext, workflow: string, count: number, status: string): Promise<Run['run'][]> {
  let items: Run['run'][] = [];
  await expect(async () => {
    ({ items } = await (await api.get(`/api/v1/runs?workflow=${workflow}`)).json());
    expect(items.map((run) => run.status)).toEqual(Array(count).fill(status));
  }).toPass({ timeout: 15_000 });
  return items;
}

/** Opens the page of a run. */
export async function open(page: Page, id: string): Promise<Locator> {
  await page.goto(`/runs/${id}`);
  const run = page.getByRole('region', { name: 'Run', exact: true });
  await expect(run).toBeVisible();
  return run;
}

/** Shows the open run along its timeline instead of on its canvas. */
export async function timeline(run: Locator): Promise<void> {
  await run.getByRole('radio', { name: 'Timeline' }).click();
}

/** The card of a step or trigger on the canvas of the open run. */
export function card(run: Locator, name: string): Locator {
  return run.getByRole('treeitem', { name: new RegExp(`^${name}(,|$)`) });
}
