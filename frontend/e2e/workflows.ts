import { expect, type APIRequestContext } from '@playwright/test';

/** Another expression of the event or of an earlier step, as an input. */
export const from = (expression: string) => ({ expr: expression });

type Steps = Record<string, { label: string; kind: object; policy?: object }>;

/** Steps behind one webhook, in the order they are given. */
export function definition(steps: Steps): object {
  return {
    schema: 1,
    triggers: [{ id: 'start', label: 'New event', kind: { type: 'webhook' } }],
    steps: Object.fromEntries(Object.entries(steps).map(([slug, step]) => [slug, { slug, ...step }])),
    body: Object.keys(steps),
  };
}

export function setFields(fields: Record<string, string>): object {
  return { type: 'set', fields: Object.entries(fields).map(([name, expression]) => ({ name, value: from(expression) })) };
}

export function wait(ms: number): object {
  return { type: 'delay', for: { ms } };
}

/** A POST of one mapped value as JSON. */
export function post(url: string, body: object): object {
  const input = { method: { literal: 'POST' }, url: { literal: url }, body_kind: { literal: 'json' }, body };
  return { type: 'action', connector: 'http', version: 1, operation: 'request', input };
}

export interface Workflow {
  id: string;
  /** Events sent here start runs. */
  url: string;
  /** Events sent here are only kept as samples. */
  testUrl: string;
}

export async function create(api: APIRequestContext, name: string, definition: object): Promise<Workflow> {
  const answer = await api.post('/api/v1/workflows', { data: { name, definition } });
  expect(answer.status(), await answer.text()).toBeLessThan(300);
  const workflow = await answer.json();
  return { id: workflow.id, url: workflow.hooks[0]?.url, testUrl: workflow.hooks[0]?.test_url };
}

/** Creates a workflow, publishes it and turns it on. */
export async function live(api: APIRequestContext, name: string, definition: object): Promise<Workflow> {
  const workflow = await create(api, name, definition);
  const { draft_rev: rev } = await (await api.get(`/api/v1/workflows/${workflow.id}`)).json();
  const answer = await api.post(`/api/v1/workflows/${workflow.id}/publish`, { data: { rev, note: '', turn_on: true } });
  expect(answer.status(), await answer.text()).toBeLessThan(300);
  return workflow;
}
