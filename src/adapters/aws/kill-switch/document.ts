import { isDeepStrictEqual } from 'node:util';
import { asAccountId, type AccountId } from '../../../domain/ids.js';
import type { Instant } from '../../../domain/time.js';
import type { DenyState, Principal } from '../../../ports/kill-switch.js';

/** Our one inline policy at a principal. */
export const policyName = 'forbear-kill-switch';

type Document = {
  readonly Version: string;
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
};

const everything = { Effect: 'Deny', Action: '*', Resource: '*' } as const;
// A statement's id is of letters and digits, and is the only place in which a policy can say whose it is.
const idOf = (what: string, account: AccountId) => `Forbear${what}${account.replaceAll('-', '')}`;

/**
 * An explicit Deny on everything, which no Allow outweighs. Of a role, sessions from before `at` are named in a statement of
 * their own: they stay ended when somebody only takes out the first.
 */
export function documentFor(account: AccountId, kind: Principal['kind'], at: Instant): string {
  return JSON.stringify(documentAt(account, kind, new Date(at).toISOString()));
}

function documentAt(account: AccountId, kind: Principal['kind'], issuedBefore: string): Document {
  const all = { Sid: idOf('KillSwitch', account), ...everything };
  const older = {
    Sid: idOf('OlderSessions', account),
    ...everything,
    Condition: { DateLessThan: { 'aws:TokenIssueTime': issuedBefore } },
  };
  return { Version: '2012-10-17', Statement: kind === 'role' ? [all, older] : [all] };
}

/** Whose a policy under our name is. One of ours in which anything was changed is foreign: it is not ours to delete. */
export function stateOf(text: string | null, account: AccountId, kind: Principal['kind']): DenyState {
  if (text === null) return 'none';
  const written = read(text);
  const owner = /^ForbearKillSwitch([0-9a-f]{32})$/.exec(String(written?.Statement[0]?.['Sid']))?.[1];
  if (written === null || owner === undefined) return 'foreign';
  const ours = documentAt(asAccountId(owner), kind, issueTimeIn(written));
  if (!isDeepStrictEqual(written, ours)) return 'foreign';
  return owner === account.replaceAll('-', '') ? 'ours' : 'of another account';
}

/** The one thing in which two of ours may differ; an instant as we write it, or nothing that would match. */
function issueTimeIn({ Statement }: Document): string {
  const condition = Statement[1]?.['Condition'] as
    { readonly DateLessThan?: Readonly<Record<string, unknown>> } | undefined;
  const time = condition?.DateLessThan?.['aws:TokenIssueTime'];
  return typeof time === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time) ? time : '';
}

function read(text: string): Document | null {
  try {
    const value = JSON.parse(text) as Document | null;
    return Array.isArray(value?.Statement) ? value : null;
  } catch {
    // IAM keeps only JSON, so this is nothing that we or IAM have written.
    return null;
  }
}
