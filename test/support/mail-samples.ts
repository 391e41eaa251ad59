import { asInvoiceId } from '../../src/domain/ids.js';
import type { Notice, NoticeTopic } from '../../src/domain/notice.js';
import type { ApprovalRequest } from '../../src/ports/mailer.js';

export function invoice(
  id: string,
  number: string | null,
  currency: string,
  amountMinor: number,
  payUrl: string | null,
): Notice['invoices'][number] {
  return { id: asInvoiceId(id), number, sum: { currency, amountMinor }, payUrl };
}

export const nearest = Date.UTC(2026, 10, 24, 9);
export const later = Date.UTC(2026, 11, 24, 9);

/** A notice with all that any topic could carry. */
export const reminder: Notice = {
  messageId: '<acme.c1.remind.1@forbear.example>',
  topic: 'reminder',
  language: 'en',
  accountName: 'Acme Ltd',
  recipients: ['ada@acme.example'],
  owed: [
    { currency: 'eur', amountMinor: 1_050 },
    { currency: 'usd', amountMinor: 114_900 },
  ],
  cause: 'declined',
  invoices: [
    invoice('in_1', 'ACME-0007', 'usd', 104_900, 'https://pay.example/i/1?a=1&b=2'),
    invoice('in_2', null, 'usd', 10_000, null),
    invoice('in_3', 'ACME-0009', 'eur', 1_050, 'https://pay.example/i/3'),
  ],
  promises: [
    { step: 'pause', at: nearest },
    { step: 'decommission', at: later },
  ],
  contact: 'billing@host.example',
  exportUrl: 'https://host.example/export/acme?all=1&zip=1',
  plan: null,
};

export const single: Notice = { ...reminder, invoices: reminder.invoices.slice(0, 1) };

/** As it is sent when nothing is owed any more. */
export const paidOff = (topic: NoticeTopic): Notice => ({
  ...reminder,
  topic,
  owed: [],
  cause: null,
  invoices: [],
  promises: [],
  exportUrl: null,
});

export const request: ApprovalRequest = {
  messageId: '<acme.c1.ask.1@forbear.example>',
  recipient: 'ops@host.example',
  language: 'en',
  account: { ref: 'acme', name: 'Acme Ltd' },
  owed: [{ currency: 'usd', amountMinor: 4_900 }],
  plan: {
    resources: [
      { target: 'platform', id: 'web', kind: 'deployment' },
      { target: 'aws-eu', id: 'db:acme-primary', kind: 'database' },
    ],
    collection: 'cancel',
    subscriptions: ['sub_1' as ApprovalRequest['plan']['subscriptions'][number]],
  },
  planHash: '9f86d081884c7d659a2feaa0c55ad015',
  code: '7K3M-0QZX',
  expiresAt: later,
  link: 'https://forbear.example/approvals/a1?sig=x&exp=1',
};

/** What a reader of the HTML sees. */
export function visible(html: string): string {
  return html
    .replace(/<head>.*?<\/head>/gs, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** The words and numbers of a text in their order; without addresses, which HTML carries in its links. */
export const wordsOf = (text: string) => text.replace(/https?:\S+/g, ' ').match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

export const linksOf = (html: string) =>
  new Set([...html.matchAll(/href="(http[^"]*)"/g)].map((m) => m[1]?.replaceAll('&amp;', '&')));
