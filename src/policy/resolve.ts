import { briefPolicy } from '../domain/brief.js';
import type { Instant } from '../domain/time.js';
import type { BillingTraits } from '../ports/billing.js';
import type { Account } from '../ports/cases.js';
import type { ChosenPolicy } from '../ports/policies.js';
import { almanacOf } from './almanac.js';
import {
  omit,
  parseRules,
  patched,
  versionOf,
  type PolicyBook,
  type RawRules,
  type Rules,
  type Segment,
} from './book.js';
import { asksStripe, belongs, type Traits } from './segments.js';

/** Rules of one account's own, agreed on by a person, for the cases that begin before they expire. */
export type PolicyOverride = {
  /** The fields that differ, as in a policy file. */
  readonly patch: RawRules;
  readonly reason: string;
  readonly by: string;
  readonly until: Instant;
  /** The policy beside which they were written, and which they fit. */
  readonly beside: PolicyBook;
};

/**
 * The policy that a case of this account begins with at `now`. Asks the billing provider only where a segment can't be told
 * without it; a segment that can't be told is not the account's.
 */
export async function choosePolicy(
  current: PolicyBook,
  account: Account,
  { override, now }: { readonly override: PolicyOverride | null; readonly now: Instant },
  ask: (() => Promise<BillingTraits>) | null,
): Promise<ChosenPolicy> {
  const own = override !== null && now < override.until ? override : null;
  const book = own === null || fits(current, own) ? current : own.beside;
  const mustAsk = book.segments.some(({ when }) => asksStripe(when, account));
  const traits = traitsOf(account, mustAsk && ask !== null ? await ask() : null);
  const segment = segmentOf(book, traits, now);
  const rules = own === null ? (segment ?? book) : rulesWith(book, segment, own);
  return { ...placed(book, rules, account, traits, now), blind: mustAsk && ask === null };
}

/** The first segment to which an account belongs at `now`; `null` where the rules for everybody count. */
export const segmentOf = ({ segments }: PolicyBook, traits: Traits, now: Instant): Segment | null =>
  segments.find(({ when }) => belongs(when, traits, now)) ?? null;

/** What is known of an account, by itself and by the billing provider. What the operator says of it counts first. */
export function traitsOf(account: Account, billing: BillingTraits | null): Traits {
  return {
    tags: account.tags,
    country: account.country ?? billing?.country ?? null,
    since: account.since ?? billing?.since ?? null,
    plans: billing?.plans ?? [],
    owed: billing?.owed ?? [],
    declineCodes: billing?.declineCodes ?? [],
  };
}

/**
 * The version is that of the content, so accounts with the same rules share it, and it is the book's own where nothing
 * depends on the account.
 */
function placed(
  book: PolicyBook,
  { policy, calendar }: Rules,
  account: Account,
  traits: Traits,
  now: Instant,
) {
  if (policy === book.policy && calendar === null) return { version: book.version, policy };
  const place = { timeZone: account.timeZone, country: traits.country };
  const own = { ...policy, almanac: calendar === null ? null : almanacOf(calendar, place, now) };
  return { version: versionOf(briefPolicy(own)), policy: own };
}

/** What an account's own rules get wrong beside a policy, for everybody and for each of its segments. */
export function misfits(book: PolicyBook, patch: RawRules): string[] {
  return [null, ...book.segments].flatMap((segment) => {
    const applied = apply(book, segment, patch);
    if ('value' in applied) return [];
    const where = segment === null ? '' : `in the segment ${segment.name}: `;
    return applied.mistakes.map(({ path, message }) => `${where}${path}: ${message}`);
  });
}

const fits = (book: PolicyBook, { patch }: PolicyOverride) => misfits(book, patch).length === 0;

function rulesWith(book: PolicyBook, segment: Segment | null, own: PolicyOverride): Rules {
  const applied = apply(book, segment, own.patch);
  const { reason, until } = own;
  // They are part of the content: who looks at a case long afterwards finds why its rules are others.
  if ('value' in applied)
    return { ...applied.value, policy: { ...applied.value.policy, own: { reason, until } } };
  throw new Error(
    'rules that were checked when they were written must fit the policy beside which they were',
  );
}

const apply = (book: PolicyBook, segment: Segment | null, patch: RawRules) =>
  parseRules(patched(patched(book.source, sourceOf(book, segment)), patch), segment?.name ?? null, [], patch);

/** The fields of a segment, as they were written. */
function sourceOf({ source }: PolicyBook, segment: Segment | null): RawRules {
  const listed = (source['segments'] ?? []) as readonly RawRules[];
  return omit(listed.find(({ name }) => name === segment?.name) ?? {}, ['name', 'when']);
}
