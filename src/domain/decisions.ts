import { remark, type CaseFile } from './case-file.js';
import type { ApprovalId } from './ids.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';
import { oneLine, shellWord } from './safe-text.js';

/** Who sends an update from the Temporal Web UI is not known, unless he says so; and then it is only what he says. */
export const unnamedSender = 'unnamed sender';

/** By what it is known who decides: the code from his mail, or what our own api or command line has signed. */
export type DecisionEvidence = { readonly code?: string; readonly proof?: string };

/** A decision on a request for approval, and what shows whose it is. */
export type Decision = DecisionEvidence & { readonly approval: ApprovalId; readonly approved: boolean };

/**
 * What the guard found out about a decision that the case had taken: whose it is, where the order did not say it, or why it
 * does not count. `isVoid`: the request itself is over with it, and has to be asked anew.
 */
export type Verdict =
  | { readonly id: string; readonly by: string }
  | { readonly id: string; readonly refusal: string; readonly isVoid: boolean };

/** How it is said what was decided. */
export const decisionText = ({ summary }: { readonly summary: string }, approved: boolean) =>
  `deletion (${summary}) ${approved ? 'approved' : 'rejected'}`;

/** Only what was given. */
export const evidenceIn = ({ code, proof }: DecisionEvidence): DecisionEvidence => ({
  ...(code !== undefined && { code }),
  ...(proof !== undefined && { proof }),
});

export const noEvidence = 'give the code from your mail: nobody knows here who you are';

const named = (by: string) => by.trim().toLowerCase();

/** Whether two names are those of one person: addresses are the same in capitals. */
export const isSamePerson = (one: string, other: string) => named(one) === named(other);

/** Where two people or more are named, only they decide; a single one shares his command line with his colleagues. */
export function mayDecide(approvers: readonly string[], by: string): boolean {
  return approvers.length < 2 || approvers.some((approver) => isSamePerson(approver, by));
}

/** Why a decision can't be his of whom it claims to be, as far as the policy tells; `null`: it may. Whose a code is, the guard knows. */
export function strangerTo(
  { decommission }: Policy,
  { by, code }: DecisionEvidence & { readonly by: string },
) {
  if (code !== undefined || mayDecide(decommission?.approvers ?? [], by)) return null;
  return `${by} is none of the approvers: say with --by which of them you are`;
}

/** Why a decision did not count, by its order's id; `null`: it counts. */
export function refusalIn(verdicts: readonly Verdict[], id: string): string | null {
  const verdict = verdicts.find((one) => one.id === id);
  return verdict !== undefined && 'refusal' in verdict ? verdict.refusal : null;
}

/** Takes back the decisions that did not count, and names whose those are that did. Pure. */
export function heedVerdicts(
  file: CaseFile,
  verdicts: readonly Verdict[],
  policy: Policy,
  now: Instant,
): CaseFile {
  return verdicts.reduce((heeded, verdict) => heed(heeded, verdict, policy, now), file);
}

function heed(file: CaseFile, verdict: Verdict, policy: Policy, now: Instant): CaseFile {
  const { approval } = file;
  if (approval === null || approval.decision === null) return file;
  if ('by' in verdict) {
    const decision = { ...approval.decision, by: verdict.by };
    return remark(
      { ...file, approval: { ...approval, decision } },
      now,
      `the code was that of ${verdict.by}`,
    );
  }
  const { approved, by, reason } = approval.decision;
  const claim = `${decisionText(approval, approved)} by ${by}: ${reason}`;
  const undone = {
    ...file,
    orders: file.orders.filter((id) => id !== verdict.id),
    remarks: file.remarks.filter(({ text }) => text !== claim),
    approval: { ...approval, decision: null },
  };
  const open = remark(undone, now, `${approved ? 'approve' : 'reject'} by ${by} refused: ${verdict.refusal}`);
  if (!verdict.isVoid) return open;
  // Whoever only guesses must not be able to have mails sent as fast as he can type.
  const until = now + policy.holdRetryMs;
  return {
    ...open,
    approval: null,
    hold: { of: 'ask', reason: 'approval_missing', since: now, until, tries: 1 },
  };
}

/** What an approver can paste into a terminal: the code says whose decision it is. */
export function decisionCommand(
  decision: 'approve' | 'reject',
  { ref, planHash, code }: { readonly ref: string; readonly planHash: string; readonly code: string },
): string {
  const [account, plan, own] = [ref, planHash.slice(0, 8), code].map((word) => shellWord(oneLine(word)));
  return `forbear case ${decision} ${account} --plan ${plan} --code ${own}`;
}
