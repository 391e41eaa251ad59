import { describe, expect, it } from 'vitest';
import { renderNotice } from '../../src/adapters/mail/render.js';
import { asInvoiceId } from '../../src/domain/ids.js';
import type { Notice, NoticeTopic } from '../../src/domain/notice.js';

const topics: readonly NoticeTopic[] = ['reminder', 'moved', 'paused', 'recovered', 'paid_but_ended'];

const reminder: Notice = {
  messageId: '<acme.c1.remind.1@forbear.example>',
  topic: 'reminder',
  accountName: 'Acme Ltd',
  recipients: ['ada@acme.example'],
  owed: [
    { currency: 'eur', amountMinor: 1_050 },
    { currency: 'usd', amountMinor: 14_900 },
  ],
  invoices: [
    invoice('in_1', 'ACME-0007', 'usd', 4_900, 'https://pay.example/i/1?a=1&b=2'),
    invoice('in_2', null, 'usd', 10_000, null),
    invoice('in_3', 'ACME-0009', 'eur', 1_050, 'https://pay.example/i/3'),
  ],
  promise: { step: 'pause', at: Date.UTC(2026, 10, 24, 9) },
  contact: 'billing@host.example',
};

function invoice(
  id: string,
  number: string | null,
  currency: string,
  amountMinor: number,
  payUrl: string | null,
) {
  return { id: asInvoiceId(id), number, sum: { currency, amountMinor }, payUrl };
}

function visible(html: string): string {
  return html
    .replace(/<title>.*?<\/title>|<[^>]*>/gs, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

const bare = (text: string) => text.replace(/https?:\S+/g, '').replace(/[\s:]+/g, '');

describe('a notice as a mail', () => {
  it('names sum, invoices with their links, the date and kind of the next step, and whom to write to', () => {
    const { subject, text } = renderNotice(reminder);
    expect(subject).toBe('10.50 EUR + 149.00 USD overdue: services pause on 24 Nov 2026');
    expect(text).toContain(
      'We will pause your services on Tuesday, 24 November 2026, 09:00 UTC unless the invoices are paid.',
    );
    expect(text).toContain('Invoice ACME-0007: 49.00 USD\n  https://pay.example/i/1?a=1&b=2');
    expect(text).toContain('Invoice in_2: 100.00 USD\n');
    expect(text).toContain('Total overdue: 10.50 EUR + 149.00 USD');
    expect(text).toContain('Pay now: https://pay.example/i/1?a=1&b=2');
    expect(text).toContain('Please write to billing@host.example.');
  });

  it('speaks of one invoice as of one, and names its address once', () => {
    const { text } = renderNotice({ ...reminder, invoices: reminder.invoices.slice(0, 1) });
    expect(text).toContain('unless the invoice is paid.');
    expect(text.match(/https:\S+/g)).toEqual(['https://pay.example/i/1?a=1&b=2']);
  });

  it('shows seconds where the promise is not on a whole minute, and the minute alone elsewhere', () => {
    const at = Date.UTC(2026, 10, 24, 9, 0, 7);
    expect(renderNotice({ ...reminder, promise: { step: 'pause', at } }).text).toContain(
      'on Tuesday, 24 November 2026, 09:00:07 UTC',
    );
    expect(renderNotice(reminder).text).not.toContain('09:00:00');
  });

  it.each(topics)('announces no date in a %s notice that promises none', (topic) => {
    const { subject, text, html } = renderNotice({ ...reminder, topic, promise: null });
    expect(subject + text + html).not.toMatch(/\b2026\b|new date|date below|will pause|null|undefined/i);
  });

  it('says in the subject of a moved date what the date is', () => {
    expect(renderNotice({ ...reminder, topic: 'moved' }).subject).toBe(
      'New date: services pause on 24 Nov 2026, 10.50 EUR + 149.00 USD overdue',
    );
  });

  it.each([
    [Date.UTC(2027, 0, 1), 'Friday, 1 January 2027, 00:00 UTC'],
    [Date.UTC(2028, 1, 29, 23, 59), 'Tuesday, 29 February 2028, 23:59 UTC'],
    [Date.UTC(2026, 10, 29, 12), 'Sunday, 29 November 2026, 12:00 UTC'],
  ])('writes dates out in English, whatever the machine speaks: %#', (at, date) => {
    expect(renderNotice({ ...reminder, promise: { step: 'pause', at } }).text).toContain(`on ${date} unless`);
  });

  it('thanks once, without an alarm, and says nothing that is wrong for who was never paused', () => {
    const thanks = { ...reminder, topic: 'recovered', owed: [], invoices: [], promise: null } as const;
    const { text, html } = renderNotice(thanks);
    expect(text.match(/thank you/gi)).toHaveLength(1);
    expect(text).toContain('Everything that runs for you stays as it is, or is back as it was.');
    expect(text).not.toMatch(/paused|given back/);
    const warning = /background:#fff7ed/;
    expect(html).not.toMatch(warning);
    expect(renderNotice(reminder).html).toMatch(warning);
  });

  it('says how to get access again when the subscription has ended', () => {
    const { text } = renderNotice({
      ...reminder,
      topic: 'paid_but_ended',
      owed: [],
      invoices: [],
      promise: null,
    });
    expect(text).toContain('please start a new subscription');
    expect(text).not.toMatch(/Pay now|Total overdue/);
  });

  it.each(topics)('says the same in the text and in the HTML of a %s notice', (topic) => {
    const { text, html } = renderNotice({ ...reminder, topic, accountName: `O'Neil & "Sons" <Ltd>` });
    expect(bare(visible(html))).toBe(bare(text));
    const hrefs = [...html.matchAll(/href="(http[^"]*)"/g)].map((m) => m[1]?.replaceAll('&amp;', '&'));
    expect(new Set(hrefs)).toEqual(new Set(text.match(/https?:\S+/g)));
  });

  it('lets nothing that came from outside become markup', () => {
    const evil = `<img src=x onerror="alert('1')">`;
    const { html } = renderNotice({
      ...reminder,
      accountName: evil,
      contact: evil,
      invoices: [invoice('in_1', evil, 'usd', 1, `https://pay.example/"><script>`)],
    });
    expect(html).not.toMatch(/<img|<script/);
    expect(html).toContain('&lt;img');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'not a link'])(
    'offers no button that leads to %s',
    (payUrl) => {
      const { text, html } = renderNotice({
        ...reminder,
        invoices: [invoice('in_1', 'A-1', 'usd', 1, payUrl)],
      });
      expect(text + html).not.toContain(payUrl);
      expect(text).not.toContain('Pay now');
    },
  );

  it('keeps names on one line, in the subject and in the body', () => {
    const { subject, text } = renderNotice({
      ...reminder,
      topic: 'paused',
      promise: null,
      accountName: 'Acme\r\nBcc: evil@example.com\n\nYou owe nothing',
    });
    expect(subject).toBe(
      'Your services are paused: 10.50 EUR + 149.00 USD overdue for Acme Bcc: evil@example.com You owe nothing',
    );
    expect(text).not.toMatch(/^(Bcc|You owe)/m);
  });
});
