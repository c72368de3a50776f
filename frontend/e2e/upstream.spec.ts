import { expect, test } from './harness.ts';

test('the upstream records calls, echoes them and follows orders', async ({ upstream }) => {
  const echo = await fetch(`${upstream.url}/echo`, { method: 'POST', body: '{"a":1}' });
  expect(await echo.json()).toEqual({ method: 'POST', path: '/echo', body: { a: 1 } });
  upstream.behave({ status: 503 });
  expect((await fetch(`${upstream.url}/again`)).status).toBe(503);
  expect(upstream.calls.map((call) => `${call.method} ${call.path}`)).toEqual(['POST /echo', 'GET /again']);
});
