import type { InvoiceId } from './ids.js';
import type { Instant } from './time.js';

/** Instalments that were agreed on: until when how much of these invoices may still be unpaid. */
export type Agreement = {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly currency: string;
  readonly invoices: readonly InvoiceId[];
  /** Ascending by date; the last leaves 0. */
  readonly instalments: readonly { readonly dueAt: Instant; readonly mostRemainingMinor: number }[];
};

/** Whether every promised date that has come was met. */
export function isKept({ instalments }: Agreement, remainingMinor: number, now: Instant): boolean {
  return instalments.every(
    ({ dueAt, mostRemainingMinor }) => now <= dueAt || remainingMinor <= mostRemainingMinor,
  );
}

/** The next promised date, `null` after the last. */
export function nextInstalmentAt({ instalments }: Agreement, now: Instant): Instant | null {
  return instalments.find(({ dueAt }) => dueAt >= now)?.dueAt ?? null;
}
