import { createHash } from 'node:crypto';
import { z } from 'zod';
import { briefPolicy } from '../domain/brief.js';
import { asPolicyVersion, type PolicyVersion } from '../domain/ids.js';
import type { Policy } from '../domain/policy.js';
import { hasHolidays } from './almanac.js';
import type { CalendarRule } from './calendar.js';
import { rulesShape, toPolicy } from './schema.js';
import { whenShape, type When } from './segments.js';

/** The rules for one group of accounts. The calendar becomes part of the policy once the account is known. */
export type Rules = { readonly policy: Policy; readonly calendar: CalendarRule | null };

export type Segment = Rules & { readonly name: string; readonly when: When };

/** Fields of a policy file, as they were written. */
export type RawRules = Readonly<Record<string, unknown>>;

/** A policy file: rules for everybody, and what is different for some. */
export type PolicyBook = Rules & {
  readonly version: PolicyVersion;
  /** The first to which an account belongs is its own. */
  readonly segments: readonly Segment[];
  /** As it was written, so that an account's own rules can be put on top. */
  readonly source: RawRules;
};

/** What is wrong in a policy file, by the path of the field. */
export type Mistake = { readonly path: string; readonly message: string };

type Parsed<T> = { readonly value: T } | { readonly mistakes: readonly Mistake[] };

/** The version of a policy is that of its content: the same rules in other words are the same policy. */
export function versionOf(content: unknown): PolicyVersion {
  return asPolicyVersion(createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16));
}

const segmentShape = z.looseObject({
  name: z
    .string('give the segment a name')
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'write the name in small letters, digits and hyphens')
    .meta({ title: 'small letters, digits and hyphens' })
    .describe('what people read where a case says by which rules it goes'),
  when: whenShape.describe('which accounts belong to it: all that is named here is true of them'),
});

const mostSegments = 50;

/** The groups of accounts with rules that differ. Their own fields are those of the policy, and checked with them. */
export const segmentsShape = z
  .array(segmentShape, 'write a list of segments, each with name, when, and the fields that differ')
  .max(mostSegments)
  .describe(
    'groups of accounts with rules that differ; the first to which an account belongs when its case begins is its own',
  );

/** Reads the fields of a policy file. Never throws: every mistake is told, with its path and a remedy. */
export function parseBook(source: unknown): Parsed<PolicyBook> {
  const { segments: written = [], ...rest } = isFields(source) ? source : {};
  const base = parseRules(isFields(source) ? rest : source, null, []);
  const listed = segmentsShape.safeParse(written);
  const unreadable = listed.success ? [] : mistakesOf(listed.error, ['segments']);
  if ('mistakes' in base || !listed.success)
    return { mistakes: [...('mistakes' in base ? base.mistakes : []), ...unreadable] };
  const parsed = listed.data.map((segment, index) => parseSegment(rest, segment, index));
  const mistakes = [
    ...parsed.flatMap((p) => ('mistakes' in p ? p.mistakes : [])),
    ...unreachable(listed.data),
  ];
  if (mistakes.length > 0) return { mistakes };
  const segments = parsed.flatMap((p) => ('value' in p ? [p.value] : []));
  const { policy, calendar } = base.value;
  const content = [base.value, ...segments].map(({ policy: rules, ...others }) => ({
    ...briefPolicy(rules),
    ...others,
  }));
  return { value: { version: versionOf(content), policy, calendar, segments, source: source as RawRules } };
}

/** The rules that are `patch` where that says something and `base` elsewhere; `null` leaves a field out. */
export function patched(base: RawRules, patch: RawRules): RawRules {
  const fields = { ...omit(base, ['segments']), ...patch };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Reads rules without segments. `own`: the fields that were written at `prefix`; what is wrong with others is told there. */
export function parseRules(
  fields: unknown,
  segment: string | null,
  prefix: readonly (string | number)[],
  own?: RawRules,
): Parsed<Rules> {
  const parsed = rulesShape.safeParse(fields);
  if (!parsed.success) return { mistakes: mistakesOf(parsed.error, prefix, own) };
  const calendar = parsed.data.calendar ?? null;
  const unlisted = Array.isArray(calendar?.holidays)
    ? calendar.holidays.filter((region) => !hasHolidays(region))
    : [];
  if (unlisted.length > 0) {
    const path = [...prefix, 'calendar', 'holidays'].join('.');
    return {
      mistakes: unlisted.map((region) => ({ path, message: `there is no list of holidays for ${region}` })),
    };
  }
  return { value: { policy: toPolicy(parsed.data, segment), calendar } };
}

function parseSegment(base: RawRules, written: z.infer<typeof segmentShape>, index: number): Parsed<Segment> {
  const { name, when, ...own } = written;
  const prefix = ['segments', index];
  if ('name' in own || Object.keys(own).length === 0)
    return {
      mistakes: [
        { path: prefix.join('.'), message: 'changes nothing: name the fields that differ, or remove it' },
      ],
    };
  const rules = parseRules(patched(base, own), name, prefix, own);
  return 'value' in rules ? { value: { ...rules.value, name, when } } : rules;
}

function unreachable(segments: readonly z.infer<typeof segmentShape>[]): Mistake[] {
  return segments.flatMap(({ name, when }, index) => {
    const before = segments.slice(0, index);
    const path = `segments.${index}`;
    if (before.some((other) => other.name === name))
      return [{ path: `${path}.name`, message: `${name} is the name of another segment already` }];
    const same = before.find((other) => JSON.stringify(other.when) === JSON.stringify(when));
    return same === undefined
      ? []
      : [
          {
            path: `${path}.when`,
            message: `is never reached: ${same.name} is for the same accounts and comes first`,
          },
        ];
  });
}

function mistakesOf(error: z.ZodError, prefix: readonly (string | number)[], own?: RawRules): Mistake[] {
  return error.issues.map((issue) => {
    const [field] = issue.path;
    const isOwn = own === undefined || field === undefined || String(field) in own;
    const at = [...prefix, ...issue.path.map(String)];
    const message = remedyOf(issue);
    if (isOwn) return { path: at.join('.') || '(the file)', message };
    // The field itself stands elsewhere and is right there.
    return {
      path: prefix.join('.'),
      message: `with these changes ${issue.path.map(String).join('.')} ${message}`,
    };
  });
}

/** What is wrong with the name of an entry stands one level deeper than what is wrong with its value. */
const remedyOf = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;

/** The fields without some of them. */
export const omit = (fields: RawRules, names: readonly string[]): RawRules =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const isFields = (value: unknown): value is RawRules =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
