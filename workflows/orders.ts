import { unnamedSender } from '../src/domain/decisions.js';
import { asInvoiceId } from '../src/domain/ids.js';
import type { OrderRequest } from '../src/domain/orders.js';

// All of it stands in the case file, which travels with every continue-as-new.
const longestReason = 500;
const longestName = 100;

type Input = Readonly<Record<string, unknown>>;
type Reading = OrderRequest | string;
type Signature = Pick<OrderRequest, 'id' | 'by' | 'reason'>;

/**
 * Reads what somebody typed for an order of this kind; a sentence instead of a request says what is wrong with it. Whether
 * the case can obey is not its business.
 */
export function readOrder(kind: OrderRequest['kind'], input: unknown, id: string): Reading {
  if (typeof input !== 'object' || input === null) return `give an object: ${exampleOf[kind]}`;
  const typed = input as Input;
  const signature = readSignature(typed, id);
  if (typeof signature === 'string') return signature;
  switch (kind) {
    case 'extendGrace':
      return readGrace(typed, signature);
    case 'exempt':
      return readExemption(typed, signature);
    case 'approve':
    case 'reject':
      return readDecision(kind, typed, signature);
    case 'restrict':
      return readRestriction(typed, signature);
    case 'lift':
      return readLift(typed, signature);
    case 'promise':
      return readInstalments(typed, signature);
    case 'recheck':
    case 'reissuePolicy':
      return { ...signature, kind };
  }
}

const exampleOf: Readonly<Record<OrderRequest['kind'], string>> = {
  extendGrace: '{"days": 7, "reason": "…", "by": "…"}',
  exempt: '{"until": "2026-12-31T00:00:00Z", "reason": "…", "by": "…"}',
  approve: '{"plan": "1a2b3c4d", "code": "ABCD-EFGH", "reason": "…"}',
  reject: '{"plan": "1a2b3c4d", "code": "ABCD-EFGH", "reason": "…"}',
  restrict: '{"access": "suspended", "reason": "…", "by": "…"}',
  lift: '{"restriction": "nonpayment", "reason": "…", "by": "…"}',
  promise: '{"instalments": [{"on": "2026-12-01", "amountMinor": 5000}], "reason": "…", "by": "…"}',
  recheck: '{"reason": "…", "by": "…"}',
  reissuePolicy: '{"reason": "…", "by": "…"}',
};

function readSignature({ reason, by }: Input, id: string): Signature | string {
  if (typeof reason !== 'string') return 'reason is missing: say why';
  if (reason.length > longestReason) return `reason is too long: at most ${longestReason} characters`;
  if (by !== undefined && (typeof by !== 'string' || by.length > longestName))
    return `by must be a name of at most ${longestName} characters`;
  if (![reason, by ?? ''].every(isPlain)) return 'reason and by must be plain text on one line';
  return { id, reason, by: by ?? unnamedSender };
}

// Control characters and halves of characters can't be kept in the database, and a case that can't be kept can't go on.
const isPlain = (text: string) => !/[\p{Cc}\p{Surrogate}]/u.test(text);

// Longer than anything that we ever send.
const longestCode = 40;
const longestProof = 200;

function readDecision(
  kind: 'approve' | 'reject',
  { plan, code, proof }: Input,
  signature: Signature,
): Reading {
  if (typeof plan !== 'string') return 'plan is missing: which plan do you decide on?';
  if (code !== undefined && (typeof code !== 'string' || code.length > longestCode))
    return 'code must be the one from your mail, such as ABCD-EFGH';
  if (proof !== undefined && (typeof proof !== 'string' || proof.length > longestProof))
    return 'proof is what our own commands and links add: leave it out';
  return {
    ...signature,
    kind,
    plan,
    ...(code !== undefined && { code }),
    ...(proof !== undefined && { proof }),
  };
}

const dateHint = 'must be a date such as 2026-12-01T09:00:00Z';

function readGrace({ days, until }: Input, signature: Signature): Reading {
  if (days !== undefined && (typeof days !== 'number' || !Number.isFinite(days)))
    return 'days must be a number';
  if (until !== undefined && typeof until !== 'string') return `until ${dateHint}`;
  return {
    ...signature,
    kind: 'extendGrace',
    days,
    until: until === undefined ? undefined : Date.parse(until),
  };
}

/** `undefined`: it is no date. */
function readEnd(until: unknown): number | null | undefined {
  if (until === null || until === undefined) return null;
  const at = typeof until === 'string' ? Date.parse(until) : NaN;
  return Number.isNaN(at) ? undefined : at;
}

const mostInvoices = 50;

function readExemption({ until, invoices = [] }: Input, signature: Signature): Reading {
  const isList = Array.isArray(invoices) && invoices.every((id): id is string => typeof id === 'string');
  if (!isList || invoices.length > mostInvoices)
    return `invoices must be a list of at most ${mostInvoices} invoice ids`;
  if (until === undefined && invoices.length === 0) return 'give until (null ends an exemption) or invoices';
  if (until !== undefined && invoices.length > 0) return 'give either until or invoices';
  const end = readEnd(until);
  if (end === undefined) return `until ${dateHint}, or null`;
  return { ...signature, kind: 'exempt', until: end, invoices: invoices.map(asInvoiceId) };
}

function readRestriction({ access, until }: Input, signature: Signature): Reading {
  if (access !== 'read_only' && access !== 'suspended' && access !== 'revoked')
    return 'access must be read_only, suspended or revoked';
  const end = readEnd(until);
  if (end === undefined) return `until ${dateHint}`;
  return { ...signature, kind: 'restrict', access, until: end };
}

function readLift({ restriction = 'nonpayment' }: Input, signature: Signature): Reading {
  if (restriction !== 'nonpayment' && restriction !== 'manual')
    return 'restriction must be nonpayment or manual';
  return { ...signature, kind: 'lift', restriction };
}

/** Whoever promises a payment for a day has the whole day. */
const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text);

function readInstalments({ instalments }: Input, signature: Signature): Reading {
  if (!Array.isArray(instalments)) return 'instalments must be a list of {on, amountMinor}';
  const read = instalments.map((one: unknown) => {
    const { on, amountMinor } = (one ?? {}) as Input;
    return {
      dueAt: typeof on === 'string' ? Date.parse(isDay(on) ? `${on}T23:59:59Z` : on) : NaN,
      amountMinor: typeof amountMinor === 'number' ? amountMinor : NaN,
    };
  });
  if (read.some(({ dueAt }) => Number.isNaN(dueAt))) return `on ${dateHint}`;
  return { ...signature, kind: 'promise', instalments: read };
}
