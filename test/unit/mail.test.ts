import { describe, expect, it } from 'vitest';
import { createMails } from '../../src/adapters/mail/mails.js';
import { noticeTopics, type Notice, type NoticeTopic } from '../../src/domain/notice.js';
import {
  invoice,
  later,
  linksOf,
  nearest,
  paidOff,
  reminder,
  single,
  visible,
  wordsOf,
} from '../support/mail-samples.js';

const mails = createMails(null);
const render = (notice: Notice) => mails.ofNotice(notice);
const languages = ['en', 'de'] as const;
const every = noticeTopics.flatMap((topic) => languages.map((language) => [topic, language] as const));
const ofDebt = noticeTopics.filter((topic) => topic !== 'recovered' && !topic.startsWith('paid_'));

describe('every notice', () => {
  it.each(every)('says the same in the text and in the HTML: %s, %s', async (topic, language) => {
    for (const sample of [reminder, single, paidOff(topic), { ...reminder, promises: [] }]) {
      const accountName = `O'Neil & "Sons" <Ltd>`;
      const { text, html } = await render({ ...sample, topic, language, accountName });
      expect(wordsOf(visible(html))).toEqual(wordsOf(text));
      expect(linksOf(html)).toEqual(new Set(text.match(/https?:\S+/g)));
    }
  });

  it.each(every)(
    'LG-3 names whom to write to, and no blank or placeholder is left: %s, %s',
    async (topic, language) => {
      for (const sample of [reminder, paidOff(topic)]) {
        const { subject, text, html } = await render({ ...sample, topic, language });
        expect(text).toMatch(/billing@host\.example\.\n$/);
        expect(html).toContain('href="mailto:billing@host.example"');
        expect(subject + text + html).not.toMatch(/\{\{|\}\}|null|undefined|NaN/);
        expect(text).not.toMatch(/\n{3}|[ \t]\n| {2}\S*[.,]| [.,]/);
        expect(html).toContain(`<html lang="${language}"`);
      }
    },
  );

  it.each(every)(
    'fetches nothing: no image, script, font or style from elsewhere: %s, %s',
    async (topic, language) => {
      const { html } = await render({ ...reminder, topic, language });
      expect(html).not.toMatch(/<img|<script|<link|<iframe|@import|url\(|\ssrc=/i);
    },
  );

  it.each(ofDebt)('TT-2 names each sum, each invoice with its link, and the total: %s', async (topic) => {
    const { text } = await render({ ...reminder, topic });
    const label = topic === 'confirm' ? 'Confirm the payment' : 'Pay now';
    expect(text).toContain(`Invoice ACME-0007: 1,049.00 USD\n  ${label}: https://pay.example/i/1?a=1&b=2`);
    expect(text).toContain('Invoice in_2: 100.00 USD\n');
    expect(text).toContain(`Invoice ACME-0009: 10.50 EUR\n  ${label}: https://pay.example/i/3`);
    expect(text).toMatch(/Total (overdue|to confirm): 10\.50 EUR \+ 1,149\.00 USD/);
  });

  it.each(ofDebt)('TT-2 names each step that comes with its date, once: %s', async (topic) => {
    const { text } = await render({ ...reminder, topic });
    expect(text.match(/Tuesday, 24 November 2026, 09:00 UTC/g)).toHaveLength(1);
    expect(text.match(/Thursday, 24 December 2026, 09:00 UTC/g)).toHaveLength(1);
  });

  it.each(every)('announces no date where none is promised: %s, %s', async (topic, language) => {
    const { subject, text, html } = await render({ ...reminder, topic, language, promises: [] });
    expect(subject + text + html).not.toMatch(/\b2026\b|new date|neuer termin|will pause|pausieren ab/i);
  });
});

describe('a reminder', () => {
  it('says what comes, in the subject and first of all', async () => {
    const { subject, text } = await render(reminder);
    expect(subject).toBe('10.50 EUR + 1,149.00 USD overdue: services pause on 24 Nov 2026');
    expect(text).toContain(
      'We will pause your services on Tuesday, 24 November 2026, 09:00 UTC unless the invoices are paid.',
    );
    expect(text).toContain(
      'If the invoices stay unpaid, this follows:\n- Thursday, 24 December 2026, 09:00 UTC: From then on your services and their data can be deleted for good.',
    );
  });

  it.each([
    ['limit', 'account read-only from 24 Nov 2026'],
    ['pause', 'services pause on 24 Nov 2026'],
    ['decommission', 'services are deleted after 24 Nov 2026'],
  ] as const)('names the kind of the next step: %s', async (step, words) => {
    const promises = [{ step, at: nearest }];
    expect((await render({ ...single, promises })).subject).toContain(words);
    expect((await render({ ...single, promises, topic: 'moved' })).subject).toContain(words);
  });

  it.each([
    ['due', 'en', 'the date by which it was due has passed'],
    ['declined', 'en', 'the payment did not go through'],
    ['unconfirmed', 'en', 'the payment was never confirmed'],
    [null, 'en', 'is overdue for Acme Ltd. Please pay'],
    ['due', 'de', 'Die Zahlungsfrist ist abgelaufen'],
    ['declined', 'de', 'Der Einzug ist fehlgeschlagen'],
    ['unconfirmed', 'de', 'nie bestätigt'],
    [null, 'de', 'ist überfällig. Bitte bezahlen'],
  ] as const)('tells why it is overdue: %s, %s', async (cause, language, words) => {
    expect((await render({ ...reminder, cause, language })).text).toContain(words);
  });

  it('speaks of one invoice as of one, and names its address once', async () => {
    const { text } = await render({ ...single, exportUrl: null });
    expect(text).toContain('unless the invoice is paid.');
    expect(text.match(/https:\S+/g)).toEqual(['https://pay.example/i/1?a=1&b=2']);
    expect(text).toContain('Pay now: https://pay.example/i/1?a=1&b=2');
  });

  it('shows seconds where the promise is not on a whole minute, and the minute alone elsewhere', async () => {
    const { text } = await render({ ...reminder, promises: [{ step: 'pause', at: nearest + 7_000 }] });
    expect(text).toContain('on Tuesday, 24 November 2026, 09:00:07 UTC');
  });

  it.each([
    ['en', Date.UTC(2027, 0, 1), 'Friday, 1 January 2027, 00:00 UTC'],
    ['en', Date.UTC(2028, 1, 29, 23, 59), 'Tuesday, 29 February 2028, 23:59 UTC'],
    ['de', Date.UTC(2027, 2, 1, 8, 5), 'Montag, 1. März 2027, 08:05 Uhr UTC'],
  ])('writes dates out in the language: %s %#', async (language, at, date) => {
    expect((await render({ ...reminder, language, promises: [{ step: 'pause', at }] })).text).toContain(date);
  });

  it.each([
    ['en', 'jpy', 123_456, '123,456 JPY'],
    ['en', 'kwd', 1_234_500, '1,234.500 KWD'],
    ['de', 'eur', 123_456, '1.234,56 EUR'],
    ['de', 'jpy', 123_456, '123.456 JPY'],
    ['de', 'usd', 5, '0,05 USD'],
  ])(
    'writes sums as the language does, with as many decimals as the currency has: %s %s',
    async (language, currency, amountMinor, sum) => {
      const { text } = await render({
        ...reminder,
        language,
        owed: [{ currency, amountMinor }],
        invoices: [invoice('in_1', 'A-1', currency, amountMinor, null)],
      });
      expect(text.match(new RegExp(sum.replaceAll('.', '\\.'), 'g'))?.length).toBeGreaterThanOrEqual(3);
    },
  );
});

describe('other topics', () => {
  it('EC-3 carries the link that confirms, and says that nothing is lost yet', async () => {
    const { subject, text, html } = await render({ ...single, topic: 'confirm', promises: [] });
    expect(subject).toBe('Please confirm your payment of 10.50 EUR + 1,149.00 USD');
    expect(text).toContain('Nothing is lost yet.');
    expect(text).toContain('Confirm the payment: https://pay.example/i/1?a=1&b=2');
    expect(visible(html)).not.toMatch(/overdue|Pay now/);
  });

  it('TT-4 names in the final notice after which date is deleted, and where to export until then', async () => {
    const final: Notice = { ...single, topic: 'final', promises: [{ step: 'decommission', at: later }] };
    const { subject, text } = await render(final);
    expect(subject).toContain('services are deleted after 24 Dec 2026');
    expect(text).toContain(
      'After Thursday, 24 December 2026, 09:00 UTC we will delete your services and their data for good unless the invoice is paid.',
    );
    expect(text).toContain('Export your data: https://host.example/export/acme?all=1&zip=1');
    const without = await render({ ...final, exportUrl: null });
    expect(without.text).toContain('If you need a copy of your data before the deletion, please write to us');
    expect(without.text).not.toContain('Export');
  });

  it('thanks once, without an alarm, and says nothing that is wrong for who was never paused', async () => {
    const { text, html } = await render(paidOff('recovered'));
    expect(text.match(/thank you/gi)).toHaveLength(1);
    expect(text).toContain('Everything that runs for you stays as it is, or is back as it was.');
    expect(text).not.toMatch(/paused|given back|missed/);
    const alarm = /class="warning"/;
    expect(html).not.toMatch(alarm);
    expect((await render(reminder)).html).toMatch(alarm);
  });

  it('TT-5 says how to get access again when the subscription has ended', async () => {
    const { text } = await render(paidOff('paid_but_ended'));
    expect(text).toContain('please start a new subscription');
    expect(text).not.toMatch(/Pay now|Total|Nothing was deleted/);
  });

  it('EC-2 TT-5 says with which plan the account goes on where the policy has one, and not that anything stays off', async () => {
    const { text } = await render({ ...paidOff('paid_but_ended'), plan: 'Free\nhttps://evil.example' });
    expect(text).toMatch(/goes on with the plan “Free https:\/\/evil\.example”/);
    expect(text).toContain('please start a new subscription');
    expect(text).not.toContain('stays paused');
    const german = await render({ ...paidOff('paid_but_ended'), plan: 'free', language: 'de' });
    expect(german.text).toContain('läuft mit dem Tarif „free“ weiter');
  });

  it('TT-9 is open about what was deleted before the payment, and names a person as the next to act', async () => {
    const { text } = await render(paidOff('paid_but_deleted'));
    expect(text).toMatch(/had been deleted before your payment reached us/);
    expect(text).toMatch(/A person will get in touch with you about rebuilding it or about a refund/);
  });

  it('says of what is restored that the debt stands', async () => {
    const { text } = await render({ ...single, topic: 'restored' });
    expect(text).toContain('The debt stands: 10.50 EUR + 1,149.00 USD is still overdue for Acme Ltd.');
  });
});

describe('what is unknown or hostile', () => {
  it.each(['fr', '', 'xx-YY', 'constructor', '__proto__', 'ENGLISH'])(
    'falls back to English: %j',
    async (language) => {
      expect((await render({ ...reminder, language })).text).toBe((await render(reminder)).text);
    },
  );

  it.each(['de-AT', 'DE', 'de_CH'])('speaks a language in all its regions: %s', async (language) => {
    expect((await render({ ...reminder, language })).text).toContain('Guten Tag Acme Ltd,');
  });

  it.each(noticeTopics)('makes sense without a name, a sum and invoices: %s', async (topic) => {
    for (const language of languages) {
      const bare = { ...reminder, language, accountName: ' \n ', owed: [], invoices: [], exportUrl: null };
      const { subject, text } = await render({ ...bare, topic });
      expect(subject + text).not.toMatch(/below|unten genannt|nothing overdue| {2}|\(\)| $/m);
      expect(text).toMatch(/^(Hello|Guten Tag),$/m);
      expect(subject[0]).toBe(subject[0]?.toUpperCase());
    }
  });

  const evil = `<img src=x onerror="alert('1')">{{sums}}</title><script>`;
  it.each(noticeTopics)(
    'lets nothing that came from outside become markup or a placeholder: %s',
    async (topic: NoticeTopic) => {
      const { text, html } = await render({
        ...reminder,
        topic,
        accountName: evil,
        contact: evil,
        invoices: [invoice('in_1', evil, 'usd', 1, `https://pay.example/"><script>`)],
      });
      expect(html).not.toMatch(/<img|<script|"><script/);
      expect(html).toContain('&lt;img');
      expect(text).toContain('{{sums}}');
    },
  );

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'not a link',
    'file:///etc/passwd',
    'https://a.example/ b',
  ])('makes no link of %s', async (payUrl) => {
    const { text, html } = await render({
      ...reminder,
      topic: 'final',
      exportUrl: payUrl,
      contact: payUrl,
      invoices: [invoice('in_1', 'A-1', 'usd', 1, payUrl)],
    });
    expect(html).not.toContain('href=');
    expect(text).not.toMatch(/Pay now|Export your data:/);
  });

  it('keeps names on one line, and the way of reading them, in the subject and in the body', async () => {
    const { subject, text } = await render({
      ...reminder,
      topic: 'paused',
      promises: [],
      accountName: 'Acme\r\nBcc: evil@example.com\n\n\u2028You \u202eowe nothing',
    });
    expect(subject).toBe(
      'Your services are paused: 10.50 EUR + 1,149.00 USD overdue for Acme Bcc: evil@example.com You owe nothing',
    );
    expect(text).not.toMatch(/^(Bcc|You owe)/m);
  });
});
