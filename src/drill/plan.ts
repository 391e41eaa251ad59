import type { DrillAccess } from '../domain/drill.js';
import type { AccountId } from '../domain/ids.js';
import type { Instant } from '../domain/time.js';
import type { Access, Restriction } from '../domain/restrictions.js';
import type { GivenLine } from './read.js';

/** An account as our own rows know it, by a word of the list. */
export type KnownAccount = {
  readonly id: AccountId;
  readonly ref: string;
  readonly name: string;
  readonly access: Access;
  readonly restrictions: readonly Restriction[];
  readonly exemption: { readonly until: Instant; readonly by: string } | null;
  /** By its last known standing nothing is overdue. */
  readonly isPaying: boolean;
};

/** What a drill would do with a line of its list. `waiting`: it is switched off. */
export type PlannedLine = {
  readonly line: number;
  readonly given: string;
  readonly account: KnownAccount | null;
  readonly status: 'waiting' | 'already' | 'unknown' | 'refused';
  readonly detail: string;
  readonly isOverridden: boolean;
};

export type Wish = {
  readonly access: DrillAccess;
  /** The refs of accounts that are switched off although they pay. */
  readonly overrides: readonly string[];
};

/** Decides on every line before anything is touched. `whyNot`: what else speaks against an account, as the guard has it. Pure. */
export function planDrill(
  lines: readonly GivenLine[],
  known: ReadonlyMap<string, KnownAccount | 'several'>,
  { access, overrides }: Wish,
  whyNot: (account: KnownAccount) => string | null,
): readonly PlannedLine[] {
  const first = new Map<AccountId, number>();
  return lines.map(({ line, given, wrong }) => {
    const say = (
      status: PlannedLine['status'],
      detail: string,
      account: KnownAccount | null = null,
    ): PlannedLine => ({ line, given, account, status, detail, isOverridden: false });
    if (wrong !== null) return say('refused', wrong);
    const account = known.get(given);
    if (account === undefined) return say('unknown', unknownText(given));
    if (account === 'several') return say('refused', 'names two accounts: give our id');
    const earlier = first.get(account.id);
    if (earlier !== undefined) return say('refused', `is the account of line ${earlier}`, account);
    first.set(account.id, line);
    if (isOffAlready(account, access)) return say('already', 'by hand, before this drill', account);
    const against = whyNot(account);
    if (against !== null) return say('refused', against, account);
    const isOverridden = overrides.includes(account.ref);
    if (account.isPaying && !isOverridden)
      return say(
        'refused',
        `it pays, by its last known standing: name it with --override ${account.ref}`,
        account,
      );
    const named = account.isPaying ? 'although it pays: it was named' : 'even if it pays: it was named';
    return { ...say('waiting', isOverridden ? named : '', account), isOverridden };
  });
}

function isOffAlready({ restrictions }: KnownAccount, access: DrillAccess): boolean {
  const manual = restrictions.find(({ reason, accessOnly }) => reason === 'manual' && accessOnly !== true);
  if (manual === undefined) return false;
  // Of who is being revoked nobody can sign in any more, and his case goes on with the rest.
  return manual.access === access || hardest.has(manual.access);
}

const hardest: ReadonlySet<Access> = new Set(['revoked_pending', 'revoked', 'decommissioned']);

// What Stripe calls its things; of these only a customer is somebody.
const kinds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    sub: 'a subscription',
    in: 'an invoice',
    evt: 'an event',
    pi: 'a payment',
    ch: 'a charge',
    py: 'a payment',
    dp: 'a dispute',
    du: 'a dispute',
    prod: 'a product',
    price: 'a price',
    acct: 'a connected account',
    pm: 'a payment method',
  }),
);

function unknownText(given: string): string {
  const [, prefix = ''] = /^([a-z]+)_[A-Za-z0-9]+$/.exec(given) ?? [];
  const kind = kinds.get(prefix);
  if (kind !== undefined) return `is ${kind} of Stripe, no account: give a ref, our id or a customer (cus_…)`;
  if (prefix === 'cus') return 'no account has this customer: is it one of another Stripe account?';
  if (/^[^@\s]+@[^@\s]+$/.test(given)) return 'is a mail address: give a ref, our id or a customer (cus_…)';
  return 'no account has this ref, id or customer';
}

/** The acts as they are approved: which account, what is left to it, and whether it is switched off although it pays. */
export function actsOf(planned: readonly PlannedLine[], access: DrillAccess): readonly string[] {
  return planned.flatMap(({ account, status, isOverridden }) =>
    account === null || status !== 'waiting'
      ? []
      : [`${access} ${account.id}${isOverridden ? ' although it pays' : ''}`],
  );
}

/** An override of somebody who is not on the list is a slip of the pen. */
export const idleOverrides = (planned: readonly PlannedLine[], { overrides }: Wish): readonly string[] =>
  overrides.filter((ref) => !planned.some(({ account }) => account?.ref === ref));
