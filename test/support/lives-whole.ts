import { asc, eq } from 'drizzle-orm';
import { listFindings } from '../../src/db/queries/findings.js';
import { approvals, deletions } from '../../src/db/schema.js';
import { mailsById, recordOf, withoutTimesAndIds, type LifeRecord } from './lives-record.js';
import type { Life } from './lives.js';
import type { Ways } from './stack.js';

/** All that is left of a life, without times, ids, and how many tries it took. */
export type WholeRecord = LifeRecord & {
  readonly instances: unknown;
  readonly approvals: unknown;
  readonly deletions: unknown;
  readonly findings: unknown;
  readonly asked: unknown;
};

export async function wholeRecordOf(ways: Ways, life: Life): Promise<WholeRecord> {
  const { db } = ways;
  const record = await recordOf(ways, life);
  const decided = await db.select().from(approvals).where(eq(approvals.account, life.id));
  const gone = await db
    .select()
    .from(deletions)
    .where(eq(deletions.account, life.id))
    .orderBy(asc(deletions.resource));
  const plain = (value: unknown) => withoutTimesAndIds(value, life);
  return {
    ...record,
    caseFile: withoutInterruptions(record.caseFile),
    audit: withoutTries(record.audit),
    instances: await ways.platform.instances(life.ref),
    approvals: decided.map(({ plan, planHash, approved, decidedBy }) =>
      plain({ plan, planHash, approved, decidedBy }),
    ),
    deletions: gone.map(({ target, resource, kind, archive, deletedAt }) =>
      plain({ target, resource, kind, archive, deleted: deletedAt !== null }),
    ),
    findings: await listFindings(db, { account: life.id, resolved: true }),
    asked: [...(await asksById(ways, life)).values()].map(([mail]) =>
      plain({ messageId: mail?.messageId, subject: mail?.subject, text: mail?.text }),
    ),
  };
}

const approver = 'ops@forbear.test';

/** The mails that ask the approver about this account, the copies of each under its one Message-ID. */
export function asksById(ways: Ways, { ref }: Life) {
  const mailsTo = async (address: string) =>
    (await ways.mailsTo(address)).filter(({ text }) => text.includes(ref));
  return mailsById({ mailsTo }, { email: approver });
}

// Cut short, or tried in vain for as long as a part was down.
const interruption = /: interrupted$| failed: (UNFORESEEN|TIMEOUT|(BILLING|MAIL|TARGET)_UNAVAILABLE)$/;

/** That something was interrupted is no part of how it went. */
function withoutInterruptions(file: unknown): unknown {
  const { remarks, ...rest } = file as { remarks: readonly { text: string }[] };
  return { ...rest, remarks: remarks.filter(({ text }) => !interruption.test(text)) };
}

const countsTries = /\/(lift|decommission)\/1$/;

/** What gives back or deletes says how much of it was left to do for the try that ended it. */
function withoutTries(audit: unknown): unknown {
  return (audit as { kind: string; effect: string; body: object }[]).map((entry) =>
    entry.kind === 'outcome' && countsTries.test(entry.effect)
      ? { ...entry, body: { ...entry.body, evidence: '<evidence>' } }
      : entry,
  );
}
