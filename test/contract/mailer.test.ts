import { createServer, type AddressInfo, type Server } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/mail/smtp.js';
import { createMemoryMailer } from '../../src/adapters/memory/mailer.js';
import { asInvoiceId } from '../../src/domain/ids.js';
import type { Notice } from '../../src/domain/notice.js';
import type { Mailer } from '../../src/ports/mailer.js';
import { request } from '../support/mail-samples.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';

const notice: Notice = {
  messageId: '<acme.c1.remind.1@forbear.example>',
  topic: 'reminder',
  language: 'en',
  accountName: 'Acme Söhne',
  recipients: ['ada@acme.example', 'bob@acme.example'],
  owed: [{ currency: 'usd', amountMinor: 4_900 }],
  cause: 'declined',
  invoices: [
    {
      id: asInvoiceId('in_1'),
      number: 'ACME-0007',
      sum: { currency: 'usd', amountMinor: 4_900 },
      payUrl: 'https://pay.example/i/1',
    },
  ],
  promises: [{ step: 'pause', at: Date.UTC(2026, 10, 24, 9) }],
  contact: 'billing@host.example',
  exportUrl: null,
  plan: null,
};

describe('mailer over SMTP', () => {
  let server: MailServer;
  let mailer: Mailer;
  const from = 'Host Billing <billing@host.example>';
  const unavailable = { code: 'MAIL_UNAVAILABLE' };
  const refused = { code: 'MAIL_REFUSED' };

  beforeEach(async () => {
    server = await startMailServer();
    mailer = createSmtpMailer({ url: server.url, from, timeoutMs: 10_000 });
  });
  afterEach(async () => {
    await server.close();
  });

  async function readMail(): Promise<Email> {
    expect(server.received).toHaveLength(1);
    return await PostalMime.parse(server.received[0]?.raw ?? '');
  }

  it('sends one mail to every contact, with the notice in text and HTML', async () => {
    expect(await mailer.send(notice)).toEqual(notice.recipients);
    expect(server.received[0]?.to).toEqual(notice.recipients);
    const mail = await readMail();
    expect(mail.subject).toBe('49.00 USD overdue: services pause on 24 Nov 2026');
    expect(mail.from).toMatchObject({ name: 'Host Billing', address: 'billing@host.example' });
    expect(mail.text).toContain(
      'We will pause your services on Tuesday, 24 November 2026, 09:00 UTC unless the invoice is paid.',
    );
    expect(mail.text).toContain('Hello Acme Söhne,');
    expect(mail.html).toContain('href="https://pay.example/i/1"');
  });

  it('carries the same Message-ID each time the same notice is sent', async () => {
    await mailer.send(notice);
    await mailer.send(notice);
    const mails = await Promise.all(server.received.map(({ raw }) => PostalMime.parse(raw)));
    expect(mails.map((m) => m.messageId)).toEqual([notice.messageId, notice.messageId]);
  });

  it('asks not to be answered by machines and is no mailing list', async () => {
    await mailer.send(notice);
    const { headers } = await readMail();
    expect(headers.find((h) => h.key === 'auto-submitted')?.value).toBe('auto-generated');
    expect(headers.some((h) => h.key.startsWith('list-') || h.key === 'precedence')).toBe(false);
  });

  it('lets no name, number, contact or id add a header', async () => {
    const attack = 'x\r\nBcc: evil@example.com\r\nX-Evil: 1\r\n\r\nbody';
    const [invoice] = notice.invoices;
    await mailer.send({
      ...notice,
      messageId: `<a@b>${attack}`,
      accountName: attack,
      contact: attack,
      invoices: [{ ...invoice!, number: attack }],
    });
    const { headers, bcc, text } = await readMail();
    expect(headers.map((h) => h.key)).not.toContain('x-evil');
    expect(bcc ?? []).toEqual([]);
    expect(server.received[0]?.to).toEqual(notice.recipients);
    expect(text).not.toMatch(/^(Bcc|X-Evil)/m);
  });

  it.each(['evil@example.com, more@example.com', 'a@b.example>\r\nRCPT TO:<evil@example.com', 'nobody', ''])(
    'sends to the others when one contact is no address: %j',
    async (address) => {
      expect(await mailer.send({ ...notice, recipients: [address, 'ada@acme.example'] })).toEqual([
        'ada@acme.example',
      ]);
      expect(server.received[0]?.to).toEqual(['ada@acme.example']);
      await expect(mailer.send({ ...notice, recipients: [address] })).rejects.toMatchObject(refused);
    },
  );

  it('names contacts as they were given, also where their domain is written otherwise on the wire', async () => {
    const recipients = ['ada@Söhne.example', 'Bob@ACME.example'];
    expect(await mailer.send({ ...notice, recipients })).toEqual(recipients);
  });

  it('returns those who were accepted when others are refused or put off', async () => {
    server.refuse('recipient', 550, 'ada@acme.example');
    expect(await mailer.send(notice)).toEqual(['bob@acme.example']);
    server.refuse('recipient', 451, 'cy@acme.example');
    const recipients = ['cy@acme.example', 'bob@acme.example'];
    expect(await mailer.send({ ...notice, recipients })).toEqual(['bob@acme.example']);
  });

  it('says MAIL_REFUSED when every contact is refused for good', async () => {
    server.refuse('recipient', 550);
    await expect(mailer.send(notice)).rejects.toMatchObject(refused);
  });

  it('says MAIL_REFUSED when there is nobody to send to', async () => {
    await expect(mailer.send({ ...notice, recipients: [] })).rejects.toMatchObject(refused);
  });

  it('says MAIL_REFUSED when the message is refused for good', async () => {
    server.refuse('data', 554);
    await expect(mailer.send(notice)).rejects.toMatchObject(refused);
  });

  it('says MAIL_UNAVAILABLE when one of the refused contacts was only put off', async () => {
    server.refuse('recipient', 451, 'ada@acme.example');
    server.refuse('recipient', 550, 'bob@acme.example');
    await expect(mailer.send(notice)).rejects.toMatchObject(unavailable);
  });

  it.each([
    ['connect', 421],
    ['connect', 554],
    ['from', 451],
    ['from', 550],
    ['recipient', 450],
    ['data', 451],
  ] as const)('says MAIL_UNAVAILABLE when the server answers at "%s" with %i', async (step, code) => {
    server.refuse(step, code);
    await expect(mailer.send(notice)).rejects.toMatchObject(unavailable);
    expect(server.received).toHaveLength(0);
  });

  it('says MAIL_UNAVAILABLE when nobody listens', async () => {
    await server.close();
    await expect(mailer.send(notice)).rejects.toMatchObject(unavailable);
  });

  it('says MAIL_UNAVAILABLE when the server stays silent, within the time it was given', async () => {
    const silent: Server = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const startedAt = performance.now();
    await expect(createSmtpMailer({ url, from, timeoutMs: 300 }).send(notice)).rejects.toMatchObject(
      unavailable,
    );
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    silent.close();
  });

  it('TT-4 asks one approver, in text and HTML, with the same Message-ID each time', async () => {
    await mailer.ask(request);
    expect(server.received[0]?.to).toEqual(['ops@host.example']);
    const mail = await readMail();
    expect(mail.messageId).toBe(request.messageId);
    expect(mail.subject).toBe('Decide by 24 Dec 2026: deletion for Acme Ltd (acme)');
    expect(mail.text).toContain('forbear case approve acme --plan 9f86d081');
    expect(mail.html).toContain('href="https://forbear.example/approvals/a1?sig=x&amp;exp=1"');
    await mailer.ask(request);
    const again = await PostalMime.parse(server.received[1]?.raw ?? '');
    expect(again.messageId).toBe(mail.messageId);
  });

  it('says of an approver what it says of a contact', async () => {
    await expect(mailer.ask({ ...request, recipient: 'nobody' })).rejects.toMatchObject(refused);
    server.refuse('recipient', 550, request.recipient);
    await expect(mailer.ask(request)).rejects.toMatchObject(refused);
    server.refuse('connect', 421);
    await expect(mailer.ask(request)).rejects.toMatchObject(unavailable);
  });

  it('lets neither reference, name nor plan of a request add a header', async () => {
    const attack = 'x\r\nBcc: evil@example.com\r\nX-Evil: 1';
    await mailer.ask({
      ...request,
      messageId: `<a@b>${attack}`,
      account: { ref: attack, name: attack },
      plan: { ...request.plan, resources: [{ target: attack, id: attack, kind: attack }] },
      planHash: attack,
      link: attack,
    });
    const { headers, text } = await readMail();
    expect(headers.map((h) => h.key)).not.toContain('x-evil');
    expect(server.received[0]?.to).toEqual([request.recipient]);
    expect(text).not.toMatch(/^(Bcc|X-Evil)/m);
  });

  it('says MAIL_UNAVAILABLE and sends nothing when the folder of mails has mistakes', async () => {
    const options = { url: server.url, from, overrides: '/does/not/exist' };
    const error: unknown = await createSmtpMailer(options)
      .send(notice)
      .catch((e: unknown) => e);
    expect(error).toMatchObject(unavailable);
    expect(String(error)).toContain("/does/not/exist can't be read: ENOENT");
    expect(server.received).toEqual([]);
  });

  it('puts neither the password nor a contact into an error', async () => {
    server.refuse('recipient', 550);
    const error: unknown = await createSmtpMailer({ url: server.url.replace('//', '//user:geheim@'), from })
      .send(notice)
      .catch((e: unknown) => e);
    expect(String(error)).not.toMatch(/geheim|ada@/);
  });
});

describe('mailer in memory', () => {
  it('keeps every send, also the second one of the same notice', async () => {
    const mailer = createMemoryMailer();
    expect(await mailer.send(notice)).toEqual(notice.recipients);
    await mailer.send(notice);
    expect(mailer.sent).toEqual([notice, notice]);
  });

  it('fails as often as it was told to, and sends nothing then', async () => {
    const mailer = createMemoryMailer();
    mailer.failNext('MAIL_UNAVAILABLE', 2);
    await expect(mailer.send(notice)).rejects.toMatchObject({ code: 'MAIL_UNAVAILABLE' });
    await expect(mailer.send(notice)).rejects.toMatchObject({ code: 'MAIL_UNAVAILABLE' });
    expect(mailer.sent).toEqual([]);
    expect(await mailer.send(notice)).toEqual(notice.recipients);
  });

  it('keeps whom it asked, apart from what it sent', async () => {
    const mailer = createMemoryMailer();
    await mailer.ask(request);
    expect([mailer.asked, mailer.sent]).toEqual([[request], []]);
    mailer.failNext('MAIL_REFUSED');
    await expect(mailer.ask(request)).rejects.toMatchObject({ code: 'MAIL_REFUSED' });
    expect(mailer.asked).toHaveLength(1);
  });

  it('refuses a notice that has nobody to go to', async () => {
    await expect(createMemoryMailer().send({ ...notice, recipients: [] })).rejects.toMatchObject({
      code: 'MAIL_REFUSED',
    });
  });
});
