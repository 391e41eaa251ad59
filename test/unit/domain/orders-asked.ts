import type { CaseFile } from '../../../src/domain/case-file.js';
import { takeOrder, type OrderRequest } from '../../../src/domain/orders.js';
import {
  announcedCase,
  approvalOf,
  day,
  frozen,
  invoiceFact,
  standingOf,
  wholePolicy,
} from '../../support/facts.js';

export const now = day(9);

type Without<T, Keys extends keyof T> = T extends unknown ? Omit<T, Keys> : never;
/** What is asked for, whoever asks. */
export type AnyAsked = Without<OrderRequest, 'id' | 'by' | 'reason'>;
export type Asked<Kind extends OrderRequest['kind']> = Extract<AnyAsked, { kind: Kind }>;

export const request = (asked: AnyAsked, id = 'x-1') =>
  ({ id, by: 'ada', reason: 'a wrong address', ...asked }) as OrderRequest;

export const contextOf = (at = now, debts = [invoiceFact()]) => ({
  policy: wholePolicy,
  standing: standingOf(debts, at),
  now: at,
});

export const order = (file: CaseFile, asked: AnyAsked, context = contextOf(), id = 'x-1') =>
  takeOrder(frozen(file), frozen(request(asked, id)), context);

export const manual = {
  access: 'suspended',
  by: 'bob',
  reason: 'abuse',
  until: null,
  state: 'imposed',
  retryAt: null,
} as const;

/** A case that waits for the approval of its deletion. */
export const asking = announcedCase({ approval: approvalOf() });
