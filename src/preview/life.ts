import { advance } from '../domain/advance.js';
import { newCaseFile, type CaseFile } from '../domain/case-file.js';
import type { Act, Outcome, Step } from '../domain/effect.js';
import {
  asAccountId,
  asApprovalId,
  asCaseId,
  asInvoiceId,
  asPolicyVersion,
  type InvoiceId,
} from '../domain/ids.js';
import type { NoticePromise } from '../domain/notice.js';
import type { Policy } from '../domain/policy.js';
import { record } from '../domain/record.js';
import type { InvoiceFact, Standing } from '../domain/standing.js';
import type { Instant } from '../domain/time.js';
import { noTracks, type Tracks } from '../domain/witness.js';

/** An invoice of a life that is only thought of. Without a due date it is charged, and fails, on the first day. */
export type PreviewInvoice = {
  /** By which people's agreements name it, where it is a real one. */
  readonly id?: InvoiceId;
  readonly dueAt: Instant | null;
  readonly failedAt: Instant | null;
  /** From then on it is no longer owed. */
  readonly paidAt?: Instant | null;
  readonly currency: string;
  readonly amountMinor: number;
};

/** One act of such a life. `topic`: what the customer is written about, where he is. */
export type PreviewEvent = {
  readonly at: Instant;
  readonly step: Step;
  readonly topic: string | null;
  readonly promises: readonly NoticePromise[];
};

// Reminders, extensions and repeated approvals together come to a few dozen.
const mostTurns = 500;

const nobody = () => newCaseFile(asCaseId('preview'), asAccountId('preview'), asPolicyVersion('preview'));

/**
 * What becomes of an account with these invoices, by the very function that decides on real ones; approvers say yes when
 * they are asked. Ends at `until`, at the latest with the deletion. Pure.
 */
export function previewLife(
  policy: Policy,
  invoices: readonly PreviewInvoice[],
  from: Instant,
  until: Instant = Infinity,
): PreviewEvent[] {
  return lifeFrom(nobody(), policy, invoices, { from, until });
}

/** The same for a case that stands where this file says: how it goes on from there. Pure. */
export function lifeFrom(
  start: CaseFile,
  policy: Policy,
  invoices: readonly PreviewInvoice[],
  { from, until }: { readonly from: Instant; readonly until: Instant },
): PreviewEvent[] {
  const events: PreviewEvent[] = [];
  let file = start;
  let now = from;
  for (let turns = 0; turns < mostTurns && now <= until && Number.isFinite(now); turns += 1) {
    const turn = advance(file, { standing: standingAt(invoices, now), policy, tracks: tracksIn(file) }, now);
    file = turn.file;
    if (turn.act !== null) {
      events.push(eventOf(turn.act, now));
      file = approved(record(file, turn.act, outcomeOf(turn.act, policy, now), policy, now), now);
    } else if (file.closedAt === null && !isOver(file, policy, events)) {
      now = Math.min(Math.max(turn.wakeAt, now + 1), nextNews(invoices, now));
    } else {
      now = nextNews(invoices, now);
      if (file.closedAt !== null) file = nobody();
    }
  }
  return events.filter(({ at }) => at <= until);
}

/** In a life that is only thought of nothing was left behind but what the file says. */
const tracksIn = ({ exemption, forgiven, granted }: CaseFile): Tracks => ({
  ...noTracks,
  exemption,
  forgiven,
  granted,
});

/** When the next of the invoices fails, becomes due, or is paid. */
const nextNews = (invoices: readonly PreviewInvoice[], now: Instant): Instant =>
  Math.min(
    ...invoices
      .flatMap(({ dueAt, failedAt, paidAt }) => [dueAt, failedAt, paidAt ?? null])
      .map((at) => (at !== null && at > now ? at : Infinity)),
  );

/** Nothing more is planned; such a case only waits for its payment. */
const isOver = (file: CaseFile, policy: Policy, events: readonly PreviewEvent[]) =>
  events.length > 0 && file.rung >= laddersEnd(policy) && file.owesNotice === null;

const laddersEnd = ({ reminders, limit, pause, decommission }: Policy) =>
  reminders.length + Number(limit !== null) + Number(pause !== null) + (decommission === null ? 0 : 2);

const standingAt = (invoices: readonly PreviewInvoice[], now: Instant): Standing => ({
  readAt: now,
  complete: true,
  subscriptions: [],
  invoices: invoices
    .filter(({ dueAt, failedAt }) => dueAt !== null || failedAt === null || failedAt <= now)
    .filter(({ paidAt }) => (paidAt ?? Infinity) > now)
    .map(invoiceFact),
  credits: [],
  stuckDrafts: [],
  doubtful: [],
});

function invoiceFact(invoice: PreviewInvoice, index: number): InvoiceFact {
  const { dueAt, failedAt, currency, amountMinor } = invoice;
  return {
    id: invoice.id ?? asInvoiceId(`invoice ${index + 1}`),
    number: null,
    subscription: null,
    currency,
    remainingMinor: amountMinor,
    collection: dueAt === null ? 'automatic' : 'sent',
    attempted: dueAt === null,
    dueAt,
    firstFailedAt: failedAt,
    finalizedAt: dueAt ?? failedAt,
    processingSince: null,
    confirmationSince: null,
    payUrl: null,
    untried: null,
    idleDefault: null,
  };
}

function eventOf(act: Act, at: Instant): PreviewEvent {
  const topic = act.step === 'remind' || act.step === 'close' ? act.topic : null;
  return { at, step: act.step, topic, promises: 'promises' in act ? act.promises : [] };
}

function outcomeOf({ step }: Act, { decommission }: Policy, at: Instant): Outcome {
  if (step !== 'ask') return { status: 'done', at };
  const expiresAt = at + (decommission?.approvalMs ?? 0);
  const approval = { id: asApprovalId('preview'), planHash: 'preview', summary: 'everything', expiresAt };
  return { status: 'done', at, approval };
}

function approved(file: CaseFile, at: Instant): CaseFile {
  if (file.approval?.decision !== null) return file;
  const decision = { approved: true, by: 'an approver', reason: 'a preview', at };
  return { ...file, approval: { ...file.approval, decision } };
}
