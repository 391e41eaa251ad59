import type { BackState, TakenFrom, Taking } from '../../db/queries/takings.js';
import { formatInstant } from '../../domain/time.js';
import { csvTextOf } from '../csv.js';
import { isRestricted, resourcesIn, withoutOrder, type Result } from './verdict.js';

/** An account of the list, and what would become of it: `result` where nothing has to be ordered. */
export type Planned = {
  readonly account: TakenFrom;
  readonly state: BackState;
  readonly result: Result | null;
};

export const plannedOf = (account: TakenFrom, state: BackState): Planned => ({
  account,
  state,
  result: withoutOrder(state),
});

export const planHead = ['account', 'name', 'taken', 'under', 'would be given back'] as const;

/** One line of a dry run. */
export function planRow({ account, state, result }: Planned): string[] {
  const { ref, name, takings } = account;
  return [ref, name, takings.map(takenText).join('\n'), rulesOf(takings), givenText(state, result)];
}

const takenText = ({ step, at }: Taking) => `${step} ${formatInstant(at.getTime(), true)}`;

function rulesOf(takings: readonly Taking[]): string {
  const rules = takings.map(({ policy, segment }) =>
    segment === null ? (policy ?? 'unknown') : `${policy ?? 'unknown'} · ${segment}`,
  );
  return [...new Set(rules)].join('\n');
}

function givenText(state: BackState, result: Result | null): string {
  if (result?.status === 'paid') return 'nothing: it has paid';
  if (result !== null) return 'nothing: it is back already';
  return isRestricted(state) ? resourcesIn(state.off) : `${resourcesIn(state.off)}, under way already`;
}

/** What a program reads of one account. */
export function recordOf(run: string, { id, ref, name, takings }: TakenFrom, { status, detail }: Result) {
  const taken = takings.map(({ step, at, policy, segment }) => ({
    step,
    at: at.toISOString(),
    policy,
    segment,
  }));
  return { run, account: id, ref, name, taken, result: status, detail };
}

export type LiftRecord = ReturnType<typeof recordOf>;

const columns = ['run', 'account', 'ref', 'name', 'taken', 'policy', 'result', 'detail'] as const;

/** The records as a table for a spreadsheet, with its head. */
export function csvOf(records: readonly LiftRecord[]): string {
  const rows = records.map(({ taken, ...rest }) => ({
    ...rest,
    taken: taken.map(({ step, at }) => `${step} ${at}`).join('; '),
    policy: [...new Set(taken.map(({ policy }) => policy ?? ''))].join('; '),
  }));
  return csvTextOf(columns, rows);
}
