import { type CaseFile, find } from './case-file.js';
import type { InvoiceId } from './ids.js';
import { leftOver, type Assessment, type DoubtfulCustomer, type Standing } from './standing.js';
import type { Instant } from './time.js';

export function reportDrafts(file: CaseFile, { stuckDrafts }: Standing, now: Instant): CaseFile {
  return stuckDrafts.reduce((known, { id, reason }) => {
    return find(known, { kind: 'draft_not_finalised', subject: id, text: draftText(id, reason), at: now });
  }, file);
}

const draftText = (id: InvoiceId, reason: string) =>
  reason === leftOver
    ? `draft ${id} was left from the time when its subscription was unpaid: finalise or delete it at Stripe, nobody owes it yet`
    : `draft ${id} can't be finalised (${reason}): mend it at Stripe, nobody owes it yet`;

/** Whose customers these are has to be settled by people: what they owe may be somebody else's. */
export function reportDoubts(file: CaseFile, { doubtful }: Standing, now: Instant): CaseFile {
  return doubtful.reduce((known, doubt) => {
    const subject = `${doubt.customer}/${doubt.names ?? ''}`.slice(0, 200);
    return find(known, { kind: 'customer_unclear', subject, text: doubtText(doubt), at: now });
  }, file);
}

const doubtText = ({ customer, names }: DoubtfulCustomer) =>
  names === null
    ? `customer ${customer} is gone at Stripe or was never there, so what is owed can't be known, and all is held: unlink it with \`forbear account unlink\``
    : `customer ${customer} belongs to this account here and names "${names.slice(0, 80)}" at Stripe: nothing is taken for a debt while that is so. Change its metadata, or link it there with \`--move\``;

export function reportCredit(file: CaseFile, now: Instant): CaseFile {
  const text =
    'a balance in the customer’s favour covers the debt: finance has to set it against the invoices';
  const subject = String(file.anchorAt);
  return find(file, { kind: 'credit_covers_debt', subject, text, at: now });
}

/** A new card pays nothing by itself, and least of all from a slot that the subscription doesn't use. */
export function reportIdle(file: CaseFile, { overdue }: Assessment, now: Instant): CaseFile {
  return overdue.reduce((known, { id, number, idleDefault }) => {
    if (idleDefault === null) return known;
    const text = `${number ?? id} is not charged on the customer's default ${idleDefault}: its subscription has a method of its own, which failed; change it there`;
    return find(known, { kind: 'wrong_payment_method', subject: `${id}/${idleDefault}`, text, at: now });
  }, file);
}
