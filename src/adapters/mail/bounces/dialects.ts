import type { FailedRecipient } from '../../../ports/bounces.js';
import { isAddress, statusIn } from './delivery-status.js';

const mostNamed = 100;

/** Exim and Gmail name in a header whom they gave up on, with or without a report. */
export function failedByHeader(value: string, text: string): readonly FailedRecipient[] {
  const addresses = value.split(/[,\s]+/, mostNamed).filter(isAddress);
  const status = finalStatusIn(text);
  return addresses.map((address) => ({ names: [address], status }));
}

/** qmail knows no reports: its text (QSBMF) has a paragraph for each recipient, `<ada@example.com>:` before the reason. */
export function failedByQmail(text: string): readonly FailedRecipient[] {
  if (!/^\s*Hi\. This is the .{0,200}\bqmail|^\s*Hi\. This is the .{0,200}\bMTA\b/.test(text)) return [];
  const [said = ''] = text.split(/^--- (?:Below this line is|Enclosed are) /m, 1);
  return said.split(/\r?\n\s*\r?\n/, mostNamed).flatMap((paragraph) => {
    const [, address, reason = ''] = /^\s*<([^<>\s]+)>:\s*([\s\S]*)$/.exec(paragraph) ?? [];
    if (address === undefined || !isAddress(address)) return [];
    return [{ names: [address], status: finalStatusIn(reason) }];
  });
}

/** It has given up, so a status that says "later" is not the reason's last word. */
function finalStatusIn(text: string): string {
  const status = /(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(text)?.[0] ?? statusIn(text);
  return status?.startsWith('5') ? status : '5.0.0';
}
