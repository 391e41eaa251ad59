import { asc, eq } from 'drizzle-orm';
import { auditHash, type AuditEntry } from '../../src/db/audit.js';
import { readAuditTrail, type TrailRow } from '../../src/db/queries/audit.js';
import { newestCase } from '../../src/db/queries/cases.js';
import { effects, notices, snapshots } from '../../src/db/schema.js';
import { spokenBody } from '../../src/db/words.js';
import type { CaughtMail } from '../../src/dev/mail-store.js';
import { accountOf, sizesOf, type Life } from './lives.js';
import type { Ways } from './stack.js';

/** What is left of a life, without whatever differs between two lives that went the same way. */
export type LifeRecord = {
  readonly caseFile: unknown;
  readonly account: unknown;
  readonly audit: unknown;
  readonly effects: unknown;
  readonly notices: unknown;
  readonly snapshots: unknown;
  readonly mails: unknown;
  readonly sizes: unknown;
};

// The first rule that fits: dates and times, then ids of ours and of Stripe, then the invoice's number.
const words: readonly [RegExp, string][] = [
  [/[A-Z][a-z]+day, \d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d(:\d\d)? UTC/g, '<time>'],
  [/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( UTC|Z)/g, '<time>'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>'],
  [/\b(in|cus|sub|evt|pm|pi)_\w+/g, '<$1>'],
  [/FAKE-\d+/g, '<number>'],
  [/\b[0-9a-f]{64}\b|(?<=\bplan:? )[0-9a-f]{8}\b/gi, '<hash>'],
  [/\/approvals\/[\w.-]+/g, '/approvals/<token>'],
  [/(?<=approval\/<uuid>\/)[\w-]{22}/g, '<id>'],
  [/\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/g, '<code>'],
  [/127\.0\.0\.1:\d+/g, '<address>'],
];
const firstInstant = Date.parse('2020-01-01');

/** Takes times and ids out of anything, and the account's own names. */
export function withoutTimesAndIds(value: unknown, { ref, name }: Pick<Life, 'ref' | 'name'>): unknown {
  const inside = (inner: unknown) => withoutTimesAndIds(inner, { ref, name });
  if (value instanceof Date || (typeof value === 'number' && value > firstInstant)) return '<time>';
  if (typeof value === 'string') {
    const anonymous = value
      .replaceAll(ref.replaceAll('_', '-'), '<ref>')
      .replaceAll(ref, '<ref>')
      .replaceAll(name, '<name>');
    return words.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), anonymous);
  }
  if (Array.isArray(value)) return value.map(inside);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inside(inner)]));
}

export async function recordOf(ways: Ways, life: Life): Promise<LifeRecord> {
  const { db } = ways;
  const newest = await newestCase(db, life.id);
  const { access, restrictions, billingStatus } = await accountOf(ways, life);
  const audit = await auditOf(ways, life);
  const acts = await db
    .select()
    .from(effects)
    .where(eq(effects.account, life.id))
    .orderBy(asc(effects.claimedAt));
  const told = await db
    .select()
    .from(notices)
    .where(eq(notices.account, life.id))
    .orderBy(asc(notices.acceptedAt));
  const kept = await db.select().from(snapshots).where(eq(snapshots.account, life.id));
  const plain = (value: unknown) => withoutTimesAndIds(value, life);
  return {
    caseFile: plain(newest?.file),
    account: plain({ access, restrictions, billingStatus }),
    audit: audit.map((row) => plain({ kind: row.kind, effect: row.effect, body: spokenBody(row) })),
    effects: acts.map(({ step, round, outcome }) => plain({ step, round, outcome })),
    notices: told.map(({ topic, round, recipients }) => plain({ topic, round, recipients })),
    // In the order of their names: they are stopped side by side.
    snapshots: kept
      .map(({ target, resource, state, restoredAt }) => ({
        target,
        resource,
        state,
        restored: restoredAt !== null,
      }))
      .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
    mails: [...(await mailsById(ways, life)).values()].map(([mail]) =>
      plain({
        messageId: mail?.messageId,
        subject: mail?.subject,
        text: mail?.text,
        html: mail?.html,
        to: mail?.to,
      }),
    ),
    sizes: await sizesOf(ways, life),
  };
}

export async function auditOf({ db }: Ways, { id }: Life): Promise<TrailRow[]> {
  const trail: TrailRow[] = [];
  for await (const row of readAuditTrail(db, id)) trail.push(row);
  return trail;
}

/** The mails that reached the account, the copies of each under its one Message-ID. */
export async function mailsById(
  { mailsTo }: Pick<Ways, 'mailsTo'>,
  { email }: Pick<Life, 'email'>,
): Promise<Map<string, CaughtMail[]>> {
  const copies = new Map<string, CaughtMail[]>();
  for (const mail of await mailsTo(email))
    copies.set(mail.messageId, [...(copies.get(mail.messageId) ?? []), mail]);
  return copies;
}

/**
 * What is wrong with an account's audit log; nothing when every effect has one intent and one outcome, and every order one
 * entry, in one chain.
 */
export function faultsOf(audit: Awaited<ReturnType<typeof auditOf>>): string[] {
  const faults: string[] = [];
  let previous = '';
  audit.forEach(({ hash, previousHash, position, ...entry }, index) => {
    if (position !== index + 1) faults.push(`position ${position} stands at ${index + 1}`);
    if (previousHash !== previous || hash !== auditHash(previousHash, position, entry as AuditEntry))
      faults.push(`the chain breaks at ${position}`);
    previous = hash;
  });
  for (const effect of new Set(audit.map((entry) => entry.effect))) {
    const kinds = audit.filter((entry) => entry.effect === effect).map(({ kind }) => kind);
    if (!['intent,outcome', 'order'].includes(kinds.join())) faults.push(`${effect} has ${kinds.join()}`);
  }
  return faults;
}
