import { expect, test } from './harness.ts';
import { Mailbox } from './mailbox.ts';
import { from, live } from './workflows.ts';
import { send } from './editor.ts';

const PASSWORD = 'a password for programs';

test('a workflow sends a mail, and it is in the box', async ({ signedIn: page, api }) => {
  const mailbox = await Mailbox.start('ada', PASSWORD);
  const values = { host: '127.0.0.1', port: String(mailbox.port), security: 'none', username: 'ada', password: PASSWORD, from: 'Shop <shop@example.com>' };
  const connect = (more: object) =>
    api.post('/api/v1/connections', { data: { connector: 'email', method: 'smtp', label: 'Our mail', hosts: [], values: { ...values, ...more } } });

  const wrong = await (await connect({ password: 'not this one' })).json();
  const refused = await api.post(`/api/v1/connections/${wrong.id}/test`, { data: {} });
  expect((await refused.json()).works, 'a password the server refuses').toBe(false);
  expect(await refused.text()).not.toContain('not this one');
  const connection = await (await connect({})).json();
  const works = await api.post(`/api/v1/connections/${connection.id}/test`, { data: {} });
  expect(works.status(), await works.text()).toBe(200);
  expect(mailbox.mails).toEqual([]);

  const input = {
    to: from('event.body.email'),
    subject: { literal: 'Ça va?' },
    text: { literal: 'Zwölf Äpfel\n.\nund mehr' },
    attachments: { literal: [{ name: 'list.txt', media_type: 'text/plain', text: 'apples' }] },
  };
  const kind = { type: 'action', connector: 'email', version: 1, operation: 'send', connection: connection.id, input };
  const workflow = await live(api, 'Welcome mail', {
    schema: 1,
    triggers: [{ id: 'start', label: 'New event', kind: { type: 'webhook' } }],
    steps: { mail: { slug: 'mail', label: 'Welcome', kind } },
    body: ['mail'],
  });
  const receipt = await (await send(workflow.url, { email: 'Ada Lovelace <ada@example.com>' })).json();

  await expect.poll(() => mailbox.mails.length, { timeout: 15_000 }).toBe(1);
  const [mail] = mailbox.mails;
  expect(mail.from).toBe('shop@example.com');
  expect(mail.to).toEqual(['ada@example.com']);
  expect(mail.text).toMatch(/^From: "?Shop"? <shop@example\.com>/m);
  expect(mail.text).toMatch(/^Message-ID: <[0-9a-f]{32}@example\.com>/m);
  expect(mail.text).toContain(Buffer.from('apples').toString('base64'));

  await test.step('the run shows what was sent, and no secrets', async () => {
    await page.goto(`/runs/${receipt.run}`);
    await expect(page.getByText('Succeeded').first()).toBeVisible();
    const shown = await (await api.get(`/api/v1/runs/${receipt.run}`)).text();
    expect(shown).toContain('smtp://');
    expect(shown).toContain('ada@example.com');
    expect(shown).not.toContain(PASSWORD);
  });

  await test.step('a mailbox that does not exist is named', async () => {
    mailbox.unknown.add('gone@example.com');
    const { run } = await (await send(workflow.url, { email: 'gone@example.com' })).json();
    await expect.poll(async () => (await (await api.get(`/api/v1/runs/${run}`)).json()).run.status, { timeout: 15_000 }).toBe('failed');
    expect(await (await api.get(`/api/v1/runs/${run}`)).text()).toContain('does not take mail for gone@example.com');
    expect(mailbox.mails.length).toBe(1);
  });
  await mailbox.stop();
});
