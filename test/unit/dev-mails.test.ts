import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailApp } from '../../src/dev/mail-http.js';
import { mailPage } from '../../src/dev/mail-pages.js';
import { openMailStore } from '../../src/dev/mail-store.js';

const raw = Buffer.from(
  [
    'From: Billing <billing@forbear.test>',
    'To: ada@example.test',
    'Subject: A reminder <b>of</b> sorts',
    'Message-ID: <one@forbear.test>',
    'X-Forbear-Topic: reminder',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p onclick="alert(1)">Please "pay"</p>',
  ].join('\r\n'),
);
const envelope = { from: 'billing@forbear.test', to: ['ada@example.test', 'bcc@example.test'] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forbear-mails-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the mail catcher', () => {
  it('keeps mails across a restart, but not half of one', async () => {
    const file = join(folder, 'mails.jsonl');
    await openMailStore(file).add(raw, envelope);
    appendFileSync(file, '{"id":"2","mess');
    const [mail, ...rest] = openMailStore(file).all();
    expect(rest).toEqual([]);
    expect(mail).toMatchObject({
      id: '1',
      messageId: '<one@forbear.test>',
      to: ['ada@example.test', 'bcc@example.test'],
      from: 'billing@forbear.test',
      subject: 'A reminder <b>of</b> sorts',
      headers: { 'x-forbear-topic': 'reminder' },
    });
  });

  it('takes the next mail whole after half of one', async () => {
    const file = join(folder, 'mails.jsonl');
    appendFileSync(file, '{"id":"2","mess');
    await openMailStore(file).add(raw, envelope);
    expect(openMailStore(file).all()).toHaveLength(1);
  });

  it('shows a mail in a sandbox, with nothing of it in the page itself', async () => {
    const store = openMailStore(join(folder, 'mails.jsonl'));
    await store.add(raw, envelope);
    const page = await (await mailApp(store).request('/messages/1')).text();
    // Its links can be followed, in a tab of their own; scripts and forms stay shut out.
    expect(page).toContain(
      '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;base target=&quot;_blank&quot;&gt;&lt;p onclick=&quot;alert(1)&quot;&gt;',
    );
    expect(page).not.toContain('<b>of</b>');
  });

  it('makes the web addresses of a text links, and nothing else of it markup', () => {
    const text = 'Pay now: https://pay.example/i?a=1&b=2.\n<b>(http://x.example/">)</b> javascript:alert(1)';
    const page = mailPage({
      ...{ id: '1', messageId: '', to: [], from: '', subject: '', html: '', headers: {} },
      ...{ date: '2026-11-24T09:00:05.123Z', text },
    });
    expect(page).toContain('<time>2026-11-24 09:00:05 UTC</time>');
    expect(page).toContain('href="https://pay.example/i?a=1&amp;b=2"');
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      '/',
      'https://pay.example/i?a=1&amp;b=2',
      'http://x.example/',
    ]);
    expect(page).toContain('&lt;b&gt;(');
  });

  it('lists as JSON, and forgets when told to', async () => {
    const store = openMailStore(join(folder, 'mails.jsonl'));
    await store.add(raw, envelope);
    const app = mailApp(store);
    expect(await (await app.request('/messages')).json()).toHaveLength(1);
    expect((await app.request('/messages', { method: 'DELETE' })).status).toBe(204);
    expect(await (await app.request('/messages')).json()).toEqual([]);
  });
});
