import type { Db } from '../../db/client.js';
import { createPostgresAccounts } from '../../db/queries/accounts.js';
import { openCases, type OpenCase } from '../../db/queries/impact.js';
import { readOverride } from '../../db/queries/overrides.js';
import { readPolicy } from '../../db/queries/policies.js';
import type { CaseFile } from '../../domain/case-file.js';
import type { AccountId, PolicyVersion } from '../../domain/ids.js';
import { formatSums } from '../../domain/money.js';
import type { Policy } from '../../domain/policy.js';
import { formatInstant } from '../../domain/time.js';
import type { NextStep } from '../../domain/timetable.js';
import type { PolicyBook } from '../../policy/book.js';
import { choosePolicy } from '../../policy/resolve.js';
import type { ChosenPolicy } from '../../ports/policies.js';
import { moveOf, type Move } from '../../preview/impact.js';
import { printTable } from '../output.js';

export type Filter = {
  readonly account?: AccountId;
  readonly stage?: CaseFile['stage'];
  readonly segment?: string;
};
export type CaseMove = Move & {
  readonly account: AccountId;
  readonly segment: string | null;
  readonly blind: boolean;
};

/** What a policy would make of every open case. `blind`: in which segment one is, only Stripe could tell. */
export async function movesUnder(db: Db, book: PolicyBook, filter: Filter, now: number): Promise<CaseMove[]> {
  const known = new Map<PolicyVersion, Policy>();
  const moves: CaseMove[] = [];
  for await (const open of openCases(db, filter)) {
    const to = await chosenFor(db, book, open, now);
    if (filter.segment !== undefined && to.policy.segment !== filter.segment) continue;
    const { policyVersion } = open.file;
    const from = known.get(policyVersion) ?? (await readPolicy(db, policyVersion));
    known.set(policyVersion, from);
    const move = moveOf(open.ref, open.file, { from, to: to.policy, version: to.version }, now);
    moves.push({ ...move, account: open.account, segment: to.policy.segment, blind: to.blind });
  }
  return moves;
}

async function chosenFor(
  db: Db,
  book: PolicyBook,
  { account: id }: OpenCase,
  now: number,
): Promise<ChosenPolicy> {
  const account = await createPostgresAccounts(db).read(id);
  return choosePolicy(book, account, { override: await readOverride(db, id), now }, null);
}

/** A table of what moves; those that stay as they are only count. */
export function printMoves(moves: readonly Move[]): void {
  const rows = moves.map(({ ref, stage, owed, before, after }) => [
    ref,
    stage,
    formatSums(owed),
    said(before),
    said(after),
  ]);
  printTable(
    ['account', 'stage', 'owed', 'next until now', 'next then'],
    rows,
    'No open case would change.',
    { wraps: [2] },
  );
}

const said = (next: NextStep | null) =>
  next === null ? 'nothing' : `${next.step} ${formatInstant(next.at)}`;
