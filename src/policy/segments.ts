import { z } from 'zod';
import { formatMoney, type Money } from '../domain/money.js';
import { formatDuration, type Instant } from '../domain/time.js';
import type { Account } from '../ports/cases.js';
import { durationMs } from './duration.js';
import { sumsMinor } from './sums.js';

const words = z.array(z.string().min(1)).min(1, 'name at least one, or leave it out');

/** Which accounts a segment is for: all that is named has to be true, and of each list one entry. */
export const whenShape = z
  .strictObject({
    plans: words.optional().describe('a price or product of its subscriptions, by id or lookup key'),
    countries: z
      .array(
        z
          .string()
          .regex(/^[A-Z]{2}$/, 'write a country as two capital letters, such as DE')
          .meta({ title: 'country, as `DE`' }),
      )
      .min(1)
      .optional()
      .describe('its country, as you told it, else as its Stripe customer has it'),
    tags: words.optional().describe('a tag that you have put on it'),
    declineCodes: words
      .optional()
      .describe('why payments of its open invoices were declined, in the words of Stripe’s decline codes'),
    owedAtLeast: sumsMinor
      .optional()
      .describe(
        'its open invoices come to this or more, in one of these currencies; no other one reaches it',
      ),
    owedBelow: sumsMinor
      .optional()
      .describe('its open invoices come to less, in each currency it owes; no other one is below it'),
    tenureAtLeast: durationMs.optional().describe('it has been a customer for as long as this, or longer'),
    tenureBelow: durationMs.optional().describe('it has been a customer for less long'),
  })
  .refine(
    (when) => Object.keys(when).length > 0,
    'says nothing, so it is for everybody: write these rules into the policy itself',
  );

export type When = z.infer<typeof whenShape>;

/** What is known of an account when a case of it begins. */
export type Traits = {
  readonly tags: readonly string[];
  readonly country: string | null;
  /** Since when it has been a customer. */
  readonly since: Instant | null;
  /** Prices and products of its subscriptions, by id and lookup key. */
  readonly plans: readonly string[];
  readonly owed: readonly Money[];
  /** Why its last payments were declined, in Stripe's codes. */
  readonly declineCodes: readonly string[];
};

/** Whether the segment can only be told by asking Stripe: also country and age are, where the operator doesn't tell them. */
export function asksStripe(when: When, account: Pick<Account, 'country' | 'since'>): boolean {
  const { plans, declineCodes, owedAtLeast, owedBelow, countries, tenureAtLeast, tenureBelow } = when;
  const isGiven = (...conditions: readonly unknown[]) =>
    conditions.some((condition) => condition !== undefined);
  return (
    isGiven(plans, declineCodes, owedAtLeast, owedBelow) ||
    (isGiven(countries) && account.country === null) ||
    (isGiven(tenureAtLeast, tenureBelow) && account.since === null)
  );
}

/** Whether an account belongs to a segment at `now`. What is not known of it is not true. */
export function belongs(when: When, traits: Traits, now: Instant): boolean {
  const { owedAtLeast, owedBelow, tenureAtLeast, tenureBelow } = when;
  const tenureMs = traits.since === null ? null : now - traits.since;
  const owes = (
    sums: Readonly<Record<string, number>>,
    isSo: (owedMinor: number, sumMinor: number) => boolean,
  ) =>
    traits.owed.map(({ currency, amountMinor }) => {
      const sumMinor = sums[currency];
      return sumMinor !== undefined && isSo(amountMinor, sumMinor);
    });
  const conditions = [
    hasOne(when.plans, traits.plans),
    hasOne(when.countries, traits.country === null ? [] : [traits.country]),
    hasOne(when.tags, traits.tags),
    hasOne(when.declineCodes, traits.declineCodes),
    owedAtLeast === undefined || owes(owedAtLeast, (owed, sum) => owed >= sum).includes(true),
    // Currencies are never compared: one that isn't named might be worth anything.
    owedBelow === undefined ||
      (traits.owed.length > 0 && !owes(owedBelow, (owed, sum) => owed < sum).includes(false)),
    tenureAtLeast === undefined || (tenureMs !== null && tenureMs >= tenureAtLeast),
    tenureBelow === undefined || (tenureMs !== null && tenureMs < tenureBelow),
  ];
  return !conditions.includes(false);
}

const hasOne = (wanted: readonly string[] | undefined, found: readonly string[]) =>
  wanted === undefined || wanted.some((word) => found.includes(word));

/** Which accounts those are, for people: `tagged vip or trial, a customer for less than 30 days`. */
export function formatWhen(when: When): string {
  const { plans, countries, tags, declineCodes, owedAtLeast, owedBelow, tenureAtLeast, tenureBelow } = when;
  const conditions: readonly [string, string | undefined][] = [
    ['on the plan', plans?.join(' or ')],
    ['in', countries?.join(' or ')],
    ['tagged', tags?.join(' or ')],
    ['declined for', declineCodes?.join(' or ')],
    ['owing at least', owedAtLeast && sumsOf(owedAtLeast)],
    ['owing less than', owedBelow && sumsOf(owedBelow)],
    ['a customer for at least', tenureAtLeast === undefined ? undefined : formatDuration(tenureAtLeast)],
    ['a customer for less than', tenureBelow === undefined ? undefined : formatDuration(tenureBelow)],
  ];
  return conditions.flatMap(([words, what]) => (what === undefined ? [] : [`${words} ${what}`])).join(', ');
}

const sumsOf = (sums: Readonly<Record<string, number>>) =>
  Object.entries(sums)
    .map(([currency, amountMinor]) => formatMoney({ currency, amountMinor }))
    .join(' or ');
