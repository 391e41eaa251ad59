import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMails, createMails } from '../../src/adapters/mail/mails.js';
import { de } from '../../src/adapters/mail/words/de.js';
import { en } from '../../src/adapters/mail/words/en.js';
import { linksOf, paidOff, reminder, request, visible } from '../support/mail-samples.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forbear-mails-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string | object) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
const mjml = (body: string) =>
  `<mjml><mj-body><mj-section><mj-column>${body}</mj-column></mj-section></mj-body></mjml>`;
const text = (inside: string) => mjml(`<mj-text>{{contact}} ${inside}</mj-text>`);

describe('the example of docs/mails.md', () => {
  const docs = readFileSync(new URL('../../docs/mails.md', import.meta.url), 'utf8');
  const files = [...docs.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)];

  it('renders as it stands there', async () => {
    expect(files.map(([, name]) => name)).toEqual(['words.de.json', 'reminder.en.mjml', 'reminder.en.txt']);
    for (const [, name = '', content = ''] of files) put(name, content);
    expect(await checkMails(folder)).toEqual([]);
    const mails = createMails(folder);
    const english = await mails.ofNotice(reminder);
    expect(visible(english.html)).toContain(
      'We miss 10.50 EUR + 1,149.00 USD. This is what comes otherwise:',
    );
    expect([...linksOf(english.html)]).toEqual([
      'https://pay.example/i/1?a=1&b=2',
      'https://pay.example/i/3',
    ]);
    expect(english.text).toBe(`Hello Acme Ltd,

We miss 10.50 EUR + 1,149.00 USD. This is what comes otherwise:
- Tuesday, 24 November 2026, 09:00 UTC: Your services are paused.
- Thursday, 24 December 2026, 09:00 UTC: From then on your services and their data can be deleted for good.

Invoice ACME-0007: 1,049.00 USD https://pay.example/i/1?a=1&b=2
Invoice in_2: 100.00 USD
Invoice ACME-0009: 10.50 EUR https://pay.example/i/3

Questions, or a payment that we missed? Please write to billing@host.example.
`);
    const german = await mails.ofNotice({ ...reminder, language: 'de' });
    expect(german.text).toContain('Sehr geehrte Damen und Herren bei Acme Ltd,');
    expect(german.text).toContain('Bitte begleichen Sie die Rechnungen unten.');
    expect(german.html).toContain('Zahlungserinnerung');
  });

  it('names every topic and every placeholder that there is', async () => {
    const { letterShape } = await import('../../src/adapters/mail/letter.js');
    const { noticeShape } = await import('../../src/adapters/mail/letters/notice.js');
    const { approvalShape } = await import('../../src/adapters/mail/letters/approval.js');
    const { mailTopics } = await import('../../src/adapters/mail/duties.js');
    const names = Object.keys({ ...letterShape, ...noticeShape, ...approvalShape });
    for (const name of [...names, ...mailTopics]) expect(docs).toContain(`\`${name}\``);
  });
});

describe('words', () => {
  it('changes single words and leaves the others', async () => {
    put('words.en.json', { 'recovered.heading': 'Cheers', pay: 'Settle' });
    const { html, text: plain } = await createMails(folder).ofNotice(paidOff('recovered'));
    expect(html).toContain('<h1>Cheers</h1>');
    expect(plain).toMatch(/^Cheers\n\nHello Acme Ltd,\n/);
  });

  it('brings a new language when it is complete, with its own plurals and dates', async () => {
    const french = { ...en, locale: 'fr-FR', date: '{{weekday}} {{day}} {{month}} {{year}} à {{time}} UTC' };
    put('words.fr.json', { ...french, pleasePay: { one: 'Une.', many: 'Trop.', other: 'Plusieurs.' } });
    expect(await checkMails(folder)).toEqual([]);
    const { text: plain } = await createMails(folder).ofNotice({ ...reminder, language: 'fr-CA' });
    expect(plain).toContain('mardi 24 novembre 2026 à 09:00 UTC');
    expect(plain).toContain('Plusieurs.');
  });

  it('says which words a new language lacks', async () => {
    const lacking = ['greeting', 'paused.heading'];
    const french = Object.entries(en).filter(([key]) => !lacking.includes(key));
    put('words.fr.json', Object.fromEntries(french));
    expect(await checkMails(folder)).toEqual([
      'words.fr.json: a new language needs every word, and this one lacks greeting, paused.heading',
    ]);
  });

  it('lets a region change the words of its language, with those of the folder', async () => {
    put('words.de.json', { pay: 'Zahlen' });
    put('words.de-at.json', { greeting: 'Servus {{name}},' });
    const { text: plain } = await createMails(folder).ofNotice({ ...reminder, language: 'de-AT' });
    expect(plain).toMatch(/Servus Acme Ltd,[^]*Zahlen: https/);
  });

  it.each([
    ['{', 'is no JSON'],
    ['[]', 'must be one object of words'],
    [{ 'remindr.heading': 'x' }, 'remindr.heading: unknown word'],
    [{ constructor: 'x' }, 'constructor: unknown word'],
    [{ pay: 3 }, 'pay: must be a text'],
    [{ pay: { other: 'x' } }, 'pay: must be a text'],
    [{ pay: ' ' }, 'pay: is empty'],
    [{ pay: 'Pay {{secret}}' }, 'pay: unknown placeholder {{secret}}'],
    [{ pay: 'Pay {{date}}' }, 'pay: unknown placeholder {{date}}'],
    [{ pay: 'Pay {{#name}}' }, 'pay: {{#name}} is not closed'],
    [
      { pleasePay: { one: 'x' } },
      'pleasePay: must be a text, or texts by plural category, "other" among them',
    ],
    [{ pleasePay: { other: 'x', dozens: 'y' } }, 'pleasePay: dozens is no plural category'],
    [{ 'next.pause': 'We pause.' }, 'next.pause: {{date}} is missing'],
    [{ contact: 'Write to us.' }, 'contact: {{contact}} is missing'],
    [{ locale: 'klingon!' }, 'locale: klingon! is no locale'],
  ])('names the mistake: %j', async (content, mistake) => {
    put('words.en.json', content);
    expect(await checkMails(folder)).toEqual([`words.en.json: ${mistake}`]);
  });

  it('has the same placeholders in German as in English, word by word', () => {
    const namesIn = (word: object | string) =>
      new Set(
        JSON.stringify(word)
          .match(/\{\{\w+\}\}/g)
          ?.filter((name) => name !== '{{name}}'),
      );
    for (const [key, word] of Object.entries(en)) {
      if (['date', 'day', 'debt', 'debt.unknown'].includes(key)) continue;
      expect([key, namesIn(de[key as keyof typeof de])]).toEqual([key, namesIn(word)]);
    }
  });
});

describe('templates', () => {
  it('leaves the text ours where only the HTML is overridden, and the other way round', async () => {
    put('recovered.en.mjml', text('<b>All done, {{name}}</b>'));
    put('recovered.de.txt', 'Alles erledigt, {{name}}. {{contact}}');
    const [mails, ours] = [createMails(folder), createMails(null)];
    const notice = { ...paidOff('recovered'), accountName: 'A & <B>' };
    const [en, de] = [notice, { ...notice, language: 'de' }];
    expect((await mails.ofNotice(en)).html).toContain(
      'billing@host.example <b>All done, A &amp; &lt;B&gt;</b>',
    );
    expect((await mails.ofNotice(en)).text).toBe((await ours.ofNotice(en)).text);
    expect((await mails.ofNotice(de)).text).toBe('Alles erledigt, A & <B>. billing@host.example\n');
    expect((await mails.ofNotice(de)).html).toBe((await ours.ofNotice(de)).html);
  });

  it('overrides the request for approval, too', async () => {
    put('approval.en.txt', '{{approve}}{{#resources}}\n{{kind}}/{{id}}@{{target}}{{/resources}}');
    expect((await createMails(folder).ofApproval(request)).text).toBe(
      'forbear case approve acme --plan 9f86d081 --code 7K3M-0QZX\ndeployment/web@platform\ndatabase/db:acme-primary@aws-eu\n',
    );
  });

  it.each([
    ['reminder.en.html', 'x', /^reminder\.en\.html: unknown file: names are <topic>\.<language>\.mjml/],
    ['remind.en.mjml', text(''), /^remind\.en\.mjml: unknown file/],
    ['recovered.fr.mjml', text(''), /^recovered\.fr\.mjml: nothing is said in fr: add words\.fr\.json/],
    ['recovered.en.mjml', text('{{nmae}}'), 'recovered.en.mjml: unknown placeholder {{nmae}}'],
    [
      'recovered.en.mjml',
      text('{{#promises}}{{/promises}}'),
      'recovered.en.mjml: unknown placeholder {{#promises}}',
    ],
    ['recovered.en.mjml', text('{{approve}}'), 'recovered.en.mjml: unknown placeholder {{approve}}'],
    ['recovered.en.mjml', text('{{#name}}'), 'recovered.en.mjml: {{#name}} is not closed'],
    ['recovered.en.mjml', text('{{/name}}'), 'recovered.en.mjml: {{/name}} closes what is not open'],
    ['recovered.en.mjml', text('{{ }}'), 'recovered.en.mjml: {{ }} is no placeholder'],
    [
      'recovered.en.mjml',
      text('{{opening}}'),
      'recovered.en.mjml: {{opening}} is a list: write {{#opening}} … {{/opening}}',
    ],
    ['recovered.en.mjml', text('{{constructor}}'), 'recovered.en.mjml: unknown placeholder {{constructor}}'],
    [
      'recovered.en.mjml',
      '<mjml><mj-body><mj-sektion>{{contact}}</mj-sektion></mj-body></mjml>',
      /^recovered\.en\.mjml: line 1, mj-sektion: /,
    ],
    [
      'recovered.en.mjml',
      mjml('<mj-text colour="red">{{contact}}</mj-text>'),
      /^recovered\.en\.mjml: line 1, mj-text: .*colour/,
    ],
    [
      'recovered.en.mjml',
      text('{{name}}').replace('<mj-body>', '<mj-body><mj-include path="x" />'),
      /<mj-include> is not supported/,
    ],
    ['recovered.en.mjml', 'no mjml {{contact}}', /^recovered\.en\.mjml: /],
    [
      'recovered.en.mjml',
      mjml('{{name}}<mj-text>{{contact}}</mj-text>'),
      /\{\{name\}\} stands between mjml's elements.*put it into <mj-raw>/,
    ],
    ['recovered.en.mjml', text('<a href="{{name}}">x</a>'), /\{\{name\}\} must not stand in an attribute/],
    [
      'recovered.en.mjml',
      text('<a href="https://x.example/?n={{payUrl}}">x</a>'),
      /\{\{payUrl\}\} must not stand/,
    ],
    ['recovered.en.mjml', text('<a href={{payUrl}}>x</a>'), /\{\{payUrl\}\} must not stand/],
    ['recovered.en.mjml', text('<b onclick="{{name}}">x</b>'), /\{\{name\}\} must not stand in an attribute/],
    [
      'recovered.en.mjml',
      mjml('<mj-raw><style>{{name}}</style></mj-raw><mj-text>{{contact}}</mj-text>'),
      /\{\{name\}\} must not stand in a style or script/,
    ],
    ['recovered.en.txt', 'Thanks', /^recovered\.en\.txt: every notice names whom to write to/],
    [
      'reminder.en.txt',
      '{{contact}} {{payUrl}} {{announcement}}',
      /^reminder\.en\.txt: this notice names what comes, and when/,
    ],
    ['confirm.en.txt', '{{contact}}', /^confirm\.en\.txt: this notice links to where it is paid/],
    ['approval.en.txt', '{{approve}}', /^approval\.en\.txt: an approver has to see what is deleted/],
  ])('names file and mistake: %s %s', async (name, content, mistake) => {
    put(name, content);
    const mistakes = await checkMails(folder);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(typeof mistake === 'string' ? new RegExp(`^${escaped(mistake)}$`) : mistake);
  });

  it('takes addresses in links, also inside lists, and any text where it is only read out', async () => {
    put(
      'paused.en.mjml',
      text(
        '{{#lists}}{{#items}}{{title}}{{/items}}{{/lists}}{{#invoices}}<a href="{{payUrl}}" title="{{title}}">x</a>{{/invoices}}',
      ),
    );
    expect(await checkMails(folder)).toEqual([]);
  });
});

const escaped = (words: string) => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('a folder of mails', () => {
  it('tells all mistakes at once, and passes over what begins with a dot', async () => {
    put('.keep', 'x');
    put('notes.md', 'x');
    put('words.de.json', { pay: '{{x}}' });
    put('recovered.en.txt', '{{y}}');
    expect((await checkMails(folder)).map((mistake) => mistake.split(':')[0]).sort()).toEqual([
      'notes.md',
      'recovered.en.txt',
      'words.de.json',
    ]);
  });

  it('says when it can’t be read', async () => {
    const missing = join(folder, 'missing');
    expect(await checkMails(missing)).toEqual([`${missing} can't be read: ENOENT`]);
  });

  it('sends nothing with mistakes in it, and goes on when they are mended', async () => {
    put('words.en.json', { pay: '{{x}}' });
    const mails = createMails(folder);
    await expect(mails.ofNotice(reminder)).rejects.toThrow('words.en.json: pay: unknown placeholder {{x}}');
    put('words.en.json', { pay: 'Settle' });
    expect((await mails.ofNotice(reminder)).text).toContain('Settle: https');
  });
});
