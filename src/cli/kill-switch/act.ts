import type { Db } from '../../db/client.js';
import { beginKill, checkKill, endKill, type KillOrder } from '../../db/queries/kill-orders.js';
import type { GuardSettings } from '../../guard/brakes.js';
import { isWhole, killAll, restoreAll, type KillResult } from '../../guard/kill.js';
import { planRestore } from '../../guard/kill-plan.js';
import { bulkHash } from '../../guard/bulk.js';
import type { Culprit, KillSwitch, Principal } from '../../ports/kill-switch.js';
import { CommandFailure, print } from '../output.js';
import { actKind, type Opened, type Planned } from './planned.js';
import { evidenceOf, failureOf, showResults } from './shown.js';

export type Signed = { readonly id: string; readonly by: string; readonly reason: string };

/** Denies what was planned, under an order in the audit log. */
export async function deny(
  db: Db,
  planned: Planned,
  { approval, ...signed }: Signed & { readonly approval: string | null },
  guard: GuardSettings,
  flags: { readonly json?: boolean },
): Promise<void> {
  const { culprit, parts, principals, hash } = planned;
  const order: KillOrder = {
    ...{ ...signed, account: culprit.id, step: 'restrict', hash, approval },
    principals: principals.map(({ arn }) => arn),
  };
  const begun = await beginKill(db, order, guard);
  if (begun.status === 'held') throw heldBack(begun.reason, begun.until);
  const results = await carryOut(db, order, async (done) => {
    for (const { kill, plan } of parts)
      done(await killAll(kill, culprit, plan.denied, () => checkKill(db, order, guard)));
  });
  tell(results, flags, `forbear kill-switch ${culprit.ref} --undo --reason … takes it back.`);
}

/** Takes back what stands of ours for the account, at once: no brake and no approval holds that. */
export async function undo(
  db: Db,
  opened: readonly Opened[],
  culprit: Culprit,
  signed: Signed,
  guard: GuardSettings,
  flags: { readonly json?: boolean },
): Promise<void> {
  const standing: (readonly [KillSwitch, readonly Principal[]])[] = [];
  for (const { kill } of opened) standing.push([kill, planRestore(await kill.survey(culprit))]);
  const principals = standing.flatMap(([kill, some]) => some.map(({ arn, id }) => [kill.name, arn, id]));
  if (principals.length === 0) {
    if (!flags.json) print(`Nobody is denied anything for ${culprit.ref}: nothing to take back.`);
    return;
  }
  const acts = principals.map((words) => words.join(' '));
  const order: KillOrder = {
    ...{ ...signed, account: culprit.id, step: 'unrestrict', approval: null },
    principals: principals.map(([, arn = '']) => arn),
    hash: bulkHash({ kind: actKind, acts }),
  };
  await beginKill(db, order, guard);
  const results = await carryOut(db, order, async (done) => {
    for (const [kill, some] of standing) done(await restoreAll(kill, culprit, some));
  });
  tell(results, flags, 'Everything is as it was before.');
}

/** Whatever happens, the intent has its outcome; but for a process that is killed, whose outcome the next order writes. */
async function carryOut(
  db: Db,
  order: KillOrder,
  work: (done: (results: readonly KillResult[]) => void) => Promise<void>,
): Promise<KillResult[]> {
  const results: KillResult[] = [];
  let failure: string | null = 'STOPPED';
  try {
    await work((some) => results.push(...some));
    failure = failureOf(results);
  } finally {
    await endKill(db, order, { failure, evidence: evidenceOf(results) });
  }
  return results;
}

function tell(results: readonly KillResult[], flags: { readonly json?: boolean }, next: string): void {
  showResults(results, flags);
  if (!isWhole(results))
    throw new CommandFailure(
      'failed',
      'not everything was done: give the order again, it goes on with the rest',
    );
  if (!flags.json) print(next);
}

/** Why it may not be done now, and what lets it. */
export function heldBack(reason: string, until: number | null): CommandFailure {
  const remedies: Readonly<Record<string, string>> = {
    frozen: 'everything that takes is frozen: forbear unfreeze, or remove the freeze file or FORBEAR_FREEZE',
    observing: 'the mode is observe: set FORBEAR_MODE=enforce, as the worker has it',
    breaker_open: 'the breaker of revoke has tripped: see forbear breaker list',
    canary: 'another order went first, and is looked at: try again in a minute',
  };
  const from = until === null ? '' : ` (from ${new Date(until).toISOString()} on)`;
  return new CommandFailure('refused', `nothing was done: ${remedies[reason] ?? reason}${from}`);
}
