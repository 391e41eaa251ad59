import { z } from 'zod';
import { clocks, type Policy } from '../domain/policy.js';
import { SECOND_MS } from '../domain/time.js';
import { calendarShape } from './calendar.js';
import { checkTimetable } from './contradictions.js';
import { durationMs } from './duration.js';
import { fallbackPlanShape } from './fallback-plan.js';
import { sumsMinor } from './sums.js';

// What is asked again without a pause in between would be asked without end.
const waitMs = durationMs
  .refine((ms) => ms >= SECOND_MS, 'must be at least 1s')
  .meta({ title: 'duration, at least `1s`' });

type PauseFile =
  | { readonly immediate: true; readonly drain: boolean }
  | { readonly after: number; readonly lead: number; readonly drain: boolean };

const pauseHint = 'write either {after, lead} or {immediate: true}; drain may stand beside both';

// Not a union: of that a mistake in one field would be told as a mistake of the whole.
const pauseShape = z
  .strictObject({
    after: durationMs.optional().describe('its day; after the last reminder, and in no retry window'),
    lead: durationMs
      .optional()
      .describe(
        'how long before it a notice that names its date must have been accepted; never 0: nobody is paused without a warning that was delivered',
      ),
    immediate: z
      .boolean()
      .default(false)
      .describe(
        '`true` in place of `after` and `lead`: off at once on the failure, and its notice goes out with the act',
      ),
    drain: z.boolean().default(true).describe('whether running work is waited for'),
  })
  .superRefine(({ after, lead, immediate }, ctx) => {
    const isWhole = immediate
      ? after === undefined && lead === undefined
      : after !== undefined && lead !== undefined;
    if (!isWhole) ctx.addIssue({ code: 'custom', message: pauseHint, continue: false });
  })
  .transform(({ after = 0, lead = 0, immediate, drain }): PauseFile =>
    immediate ? { immediate, drain } : { after, lead, drain },
  );

/**
 * The rules of a policy file, for one group of accounts. Strict: a field that is not known is a mistake, never ignored.
 * What is described here is what editors show and what docs/policy.md lists: `npm run docs` writes it there. Defaults are
 * here and nowhere else.
 */
export const rulesShape = z
  .strictObject({
    name: z.string().min(1).max(60).describe('what people read where a case says by which rules it goes'),
    retryWindow: durationMs.describe(
      'how long Stripe itself goes on retrying a failed payment; its API does not tell. Inside it nothing is taken, because Stripe may still collect, but by `pause.immediate` and by a limit from day 0',
    ),
    reminders: z
      .array(z.strictObject({ after: durationMs.describe('its day; each is later than the one before it') }))
      .min(1)
      .max(12)
      .describe('what the customer is written before anything is taken'),
    limit: z
      .strictObject({
        after: durationMs.describe('its day, before that of the pause; `0d`: from the first day on'),
        lead: durationMs
          .prefault('0d')
          .describe(
            'how long before it a notice that names its date must have been accepted; `0d` needs none',
          ),
      })
      .optional()
      .describe('the step that makes the account read-only: it goes on running and cannot grow'),
    pause: pauseShape
      .optional()
      .describe('the step that scales its resources to 0 and locks them; left out: nothing is taken down'),
    decommission: z
      .strictObject({
        after: durationMs.describe('the day of the final notice; after the pause and the last reminder'),
        retention: durationMs.describe(
          'from the final notice to the earliest deletion; never 0 and never shortened, because the customer fetches his data meanwhile',
        ),
        approval: waitMs
          .prefault('14d')
          .describe(
            'how long a request for approval stands; undecided it becomes a finding, and is asked for again',
          ),
        approvers: z
          .array(z.email('write the addresses of the people who are asked'))
          .min(1)
          .max(20)
          .describe(
            'who is asked; that somebody is asked can’t be turned off, because a deletion can’t be undone',
          ),
        collection: z
          .enum(['cancel', 'pause'])
          .default('cancel')
          .describe(
            'what becomes of live subscriptions before anything is deleted, so that nobody is charged for what is gone: they are canceled, or their collection is paused',
          ),
      })
      .optional()
      .describe('the step that deletes, once a person has approved it; left out: nothing is ever deleted'),
    fallbackPlan: fallbackPlanShape
      .optional()
      .describe(
        'the plan to which access falls with a limit, a pause or a deletion once the subscription that the debt is for is `unpaid` or has ended and no other is live; or when the debt is paid but the subscription has ended: then everything runs again, on this plan. What was sold comes back as soon as a subscription is live again and nothing is overdue. Left out: plan and limits stay as they are, and who has paid for an ended subscription stays off until he has one again',
      ),
    dwell: durationMs
      .prefault('1d')
      .describe(
        'least time between two steps, from the execution of the earlier one; giving back is a step, too',
      ),
    longestEpisode: durationMs
      .prefault('30d')
      .describe(
        'however many invoices follow each other, no step is put off for longer than this after the day it has by the first of them',
      ),
    longestExtension: durationMs.prefault('60d').describe('the longest that one extension of grace may be'),
    longestAgreement: durationMs
      .prefault('180d')
      .describe(
        'the last date that an agreement on instalments may name, from the day it is made; while it is kept the clock stands still',
      ),
    longestProcessing: durationMs
      .prefault('14d')
      .describe(
        'how long a payment on its way (a bank debit that Stripe calls `processing`) stops the clock, before it counts as unpaid; the slowest of the usual debits settles within two weeks',
      ),
    confirmation: durationMs
      .prefault('7d')
      .describe(
        'how long a payment waits for its payer (3-D Secure) after a mail with the link, before it counts as failed',
      ),
    thresholds: sumsMinor
      .default({})
      .describe(
        'what is owed must be more than this to count and to be waited for; never summed over currencies, and 0 for one that is not named',
      ),
    exposure: z
      .strictObject({
        caps: sumsMinor.describe('above this debt in any one currency'),
        pace: z
          .number()
          .gt(0, 'must be more than 0')
          .lt(1, 'must be less than 1: it shortens the days')
          .describe(
            'the days shrink to this part of themselves; leads, retention and dates that were told never do, and nothing moves into the retry window',
          ),
      })
      .optional()
      .describe('a faster timetable for a large debt'),
    retryOnNewCard: z
      .boolean()
      .default(true)
      .describe(
        'whether open invoices are charged at once, each once, on a payment method that is new for them; a new card alone pays nothing',
      ),
    clock: z
      .enum(clocks, 'write first_failure or finalisation: what counts where there is no due date')
      .default('first_failure')
      .describe('from when an invoice without a due date counts, once it was tried'),
    calendar: calendarShape
      .optional()
      .describe('when steps are taken and reminders sent; left out: at any time'),
    contact: z
      .email('write the address that customers can write to')
      .describe('whom customers can write to; stands in every notice'),
    exportUrl: z
      .url({ protocol: /^https?$/, error: 'write the address of a page, such as https://…' })
      .optional()
      .describe(
        'where a customer who is off fetches his data; stands in the notices of the pause and of the deletion',
      ),
    language: z
      .string()
      .regex(/^[a-z]{2}$/, 'write the language as two lower-case letters, such as en')
      .meta({ title: 'two lower-case letters' })
      .default('en')
      .describe('of notices to accounts that name none'),
    recheck: waitMs.prefault('30s').describe('when Stripe is looked at again after a pause or a payment'),
    holdRetry: waitMs
      .prefault('6h')
      .describe(
        'how long something that is held waits before it asks again; what gives back waits five minutes at most, what met an outage an hour',
      ),
  })
  .superRefine(checkTimetable);

export type PolicyFile = z.infer<typeof rulesShape>;

// The order in which a file names them is no part of the rules, and must not change their version.
const sortedByName = (numbers: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * From the file's shape to what the core decides on. What the calendar makes of an account's zone is added once the account
 * is known.
 */
export function toPolicy(file: PolicyFile, segment: string | null = null): Policy {
  const { limit, exposure, fallbackPlan } = file;
  return {
    name: file.name,
    retryWindowMs: file.retryWindow,
    reminders: file.reminders.map(({ after }) => ({ afterMs: after })),
    limit: limit === undefined ? null : { afterMs: limit.after, leadMs: limit.lead },
    pause: toPause(file.pause),
    decommission: toDecommission(file.decommission),
    fallbackPlan:
      fallbackPlan === undefined
        ? null
        : { plan: fallbackPlan.plan, limits: sortedByName(fallbackPlan.limits) },
    dwellMs: file.dwell,
    longestEpisodeMs: file.longestEpisode,
    longestExtensionMs: file.longestExtension,
    longestAgreementMs: file.longestAgreement,
    longestProcessingMs: file.longestProcessing,
    confirmationMs: file.confirmation,
    thresholdsMinor: sortedByName(file.thresholds),
    exposure: exposure === undefined ? null : { capsMinor: sortedByName(exposure.caps), pace: exposure.pace },
    retryOnNewCard: file.retryOnNewCard,
    clock: file.clock,
    segment,
    own: null,
    almanac: null,
    contact: file.contact,
    exportUrl: file.exportUrl ?? null,
    language: file.language,
    recheckMs: file.recheck,
    holdRetryMs: file.holdRetry,
  };
}

function toPause(pause: PolicyFile['pause']): Policy['pause'] {
  if (pause === undefined) return null;
  const { drain } = pause;
  return 'after' in pause
    ? { afterMs: pause.after, leadMs: pause.lead, immediate: false, drain }
    : { afterMs: 0, leadMs: 0, immediate: true, drain };
}

function toDecommission(rule: PolicyFile['decommission']): Policy['decommission'] {
  if (rule === undefined) return null;
  const { after, retention, approval, approvers, collection } = rule;
  return { afterMs: after, retentionMs: retention, approvalMs: approval, approvers, collection };
}
