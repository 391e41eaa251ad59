import type { FailedRecipient } from '../../../ports/bounces.js';
import { headersIn } from './headers.js';

// A notice has a handful of recipients; a report about more is not about one of ours.
const mostGroups = 200;

/** What a report says of one recipient. `action` in lower case, empty where it is left out. */
export type RecipientReport = FailedRecipient & { readonly action: string };

/** Reads the fields of a `message/delivery-status` (RFC 3464): groups parted by empty lines, one a recipient. */
export function recipientsOf(text: string): readonly RecipientReport[] {
  return text.split(/\r?\n[ \t]*\r?\n/, mostGroups).flatMap((group) => {
    const fields = headersIn(group);
    const valueOf = (name: string) => fields.find(([field]) => field === name)?.[1] ?? '';
    const named = ['original-recipient', 'final-recipient', 'x-actual-recipient'].map(valueOf);
    const names = [...new Set(named.flatMap(addressesIn))];
    if (names.length === 0) return [];
    const action =
      valueOf('action')
        .toLowerCase()
        .split(/[\s(;]/, 1)[0] ?? '';
    const status = statusIn(valueOf('status')) ?? statusIn(valueOf('diagnostic-code')) ?? '';
    return [{ names, action, status }];
  });
}

/** Those whom it will never reach. A report may leave out the action; then a status of the fifth class says it. */
export function failedOf(reports: readonly RecipientReport[]): readonly FailedRecipient[] {
  return reports
    .filter(({ action, status }) => (action === '' ? status.startsWith('5') : action === 'failed'))
    .filter(({ status }) => !status.startsWith('2'))
    .map(({ names, status }) => ({ names, status: status || '5.0.0' }));
}

/** The first status of RFC 3463 in a text. An older server only says the three digits of SMTP. */
export function statusIn(text: string): string | null {
  const [enhanced] = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(text) ?? [];
  if (enhanced !== undefined) return enhanced;
  const [, digit] = /(?:^|;\s*|\s)([45])\d\d(?=[\s-]|$)/.exec(text) ?? [];
  return digit === undefined ? null : `${digit}.0.0`;
}

/** `rfc822; <ada@example.com>`, `rfc822;ada+2Bbilling@example.com`: as it stands, and with the escapes of RFC 3461 undone. */
function addressesIn(value: string): string[] {
  const bare = value
    .replace(/^[\w-]+\s*;/, '')
    .replace(/\([^()]*\)\s*$/, '')
    .trim();
  const address = bare.replace(/^<(.*)>$/, '$1').trim();
  if (!isAddress(address)) return [];
  const unescaped = address.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return isAddress(unescaped) ? [address, unescaped] : [address];
}

export const isAddress = (text: string) => text.length <= 320 && /^[^\s@<>]+@[^\s@<>]+$/.test(text);
