import type { CaseFile } from '../../../src/domain/case-file.js';
import type { OrderRequest } from '../../../src/domain/orders.js';
import { DAY_MS } from '../../../src/domain/time.js';
import { invoiceOf, isOpen, remainingOf, type Timeline, type Wish } from './life-world.js';

/** How a wish is written down when its time has come. */
export function requestFor(wish: Wish, timeline: Timeline): (file: CaseFile) => OrderRequest {
  const { at } = wish;
  const index = timeline.wishes.indexOf(wish);
  const order = { id: `order-${index}`, by: 'ada', reason: 'asked for' };
  const until = (days: number | null) => (days === null ? null : at + days * DAY_MS);
  switch (wish.kind) {
    case 'extend':
      return () => ({ ...order, kind: 'extendGrace', days: wish.days });
    case 'exempt':
      return () => ({ ...order, kind: 'exempt', until: until(wish.days), invoices: [] });
    case 'forgive':
      return () => ({ ...order, kind: 'exempt', until: null, invoices: [invoiceOf(wish.debt)] });
    case 'restrict':
      return () => ({ ...order, kind: 'restrict', access: wish.access, until: until(wish.days) });
    case 'lift':
      return () => ({ ...order, kind: 'lift', restriction: wish.restriction });
    case 'promise':
      return () => ({ ...order, kind: 'promise', instalments: instalmentsFor(wish, timeline) });
    case 'recheck':
      return () => ({ ...order, kind: 'recheck' });
  }
}

/** All that is open, in equal parts. */
function instalmentsFor(
  { at, parts, everyDays }: Extract<Wish, { kind: 'promise' }>,
  { debts }: Timeline,
): { readonly dueAt: number; readonly amountMinor: number }[] {
  const open = debts.filter((debt) => isOpen(debt, at));
  const totalMinor = open.reduce((sum, debt) => sum + remainingOf(debt, at), 0);
  return Array.from({ length: parts }, (_, i) => ({
    dueAt: at + (i + 1) * everyDays * DAY_MS,
    amountMinor: Math.max(1, Math.ceil(totalMinor / parts)),
  }));
}
