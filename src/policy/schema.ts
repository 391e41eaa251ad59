import { z } from 'zod';
import { clocks, type Policy } from '../domain/policy.js';
import { DAY_MS, SECOND_MS } from '../domain/time.js';
import { calendarShape } from './calendar.js';
import { checkTimetable } from './contradictions.js';
import { durationMs } from './duration.js';
import { sumsMinor } from './sums.js';

// They stand in every answer to the app.
const mostPlanLimits = 50;

// What is asked again without a pause in between would be asked without end.
const waitMs = durationMs.refine((ms) => ms >= SECOND_MS, 'must be at least 1s');

type PauseFile =
  | { readonly immediate: true; readonly drain: boolean }
  | { readonly after: number; readonly lead: number; readonly drain: boolean };

const pauseHint = 'write either {after, lead} or {immediate: true}; drain may stand beside both';

// Not a union: of that a mistake in one field would be told as a mistake of the whole.
const pauseShape = z
  .strictObject({
    after: durationMs.optional(),
    lead: durationMs.optional(),
    immediate: z.boolean().optional(),
    drain: z.boolean().optional(),
  })
  .superRefine(({ after, lead, immediate }, ctx) => {
    const isWhole =
      immediate === true
        ? after === undefined && lead === undefined
        : after !== undefined && lead !== undefined;
    if (!isWhole) ctx.addIssue({ code: 'custom', message: pauseHint, continue: false });
  })
  .transform(({ after = 0, lead = 0, immediate, drain = true }): PauseFile =>
    immediate === true ? { immediate, drain } : { after, lead, drain },
  );

const planHint = 'write the plan, and its limits if it has any: { plan: free, limits: { seats: 1 } }';
const planName = 'write the app’s own name of the plan, such as free';

/** How much of what, by the app's own names. */
const planLimits = z
  .record(
    z.string().min(1, 'give the limit its name').max(60, 'is too long a name: at most 60 characters'),
    z
      .int('write a whole number, such as 3')
      .nonnegative('must not be less than 0: leave the limit out where there is none'),
  )
  .refine(
    (limits) => Object.keys(limits).length <= mostPlanLimits,
    `has more than ${mostPlanLimits} entries: name what the app asks for`,
  );

/** The rules of a policy file, for one group of accounts. Strict: a field that is not known is a mistake, never ignored. */
export const rulesShape = z
  .strictObject({
    name: z.string().min(1).max(60),
    /** How long Stripe itself goes on retrying. */
    retryWindow: durationMs,
    reminders: z
      .array(z.strictObject({ after: durationMs }))
      .min(1)
      .max(12),
    limit: z.strictObject({ after: durationMs, lead: durationMs.optional() }).optional(),
    pause: pauseShape.optional(),
    decommission: z
      .strictObject({
        after: durationMs,
        retention: durationMs,
        approval: waitMs.optional(),
        approvers: z.array(z.email('write the addresses of the people who are asked')).min(1).max(20),
        collection: z.enum(['cancel', 'pause']).optional(),
      })
      .optional(),
    fallbackPlan: z
      .strictObject(
        {
          plan: z.string(planName).trim().min(1, planName).max(60, 'is too long: at most 60 characters'),
          limits: planLimits.optional(),
        },
        { error: ({ code }) => (code === 'invalid_type' ? planHint : undefined) },
      )
      .optional(),
    dwell: durationMs.optional(),
    longestEpisode: durationMs.optional(),
    longestExtension: durationMs.optional(),
    longestAgreement: durationMs.optional(),
    longestProcessing: durationMs.optional(),
    confirmation: durationMs.optional(),
    thresholds: sumsMinor.optional(),
    exposure: z
      .strictObject({
        caps: sumsMinor,
        pace: z.number().gt(0, 'must be more than 0').lt(1, 'must be less than 1: it shortens the days'),
      })
      .optional(),
    retryOnNewCard: z.boolean().optional(),
    clock: z
      .enum(clocks, 'write first_failure or finalisation: what counts where there is no due date')
      .optional(),
    calendar: calendarShape.optional(),
    contact: z.email('write the address that customers can write to'),
    exportUrl: z
      .url({ protocol: /^https?$/, error: 'write the address of a page, such as https://…' })
      .optional(),
    language: z
      .string()
      .regex(/^[a-z]{2}$/, 'write the language as two lower-case letters, such as en')
      .optional(),
    recheck: waitMs.optional(),
    holdRetry: waitMs.optional(),
  })
  .superRefine(checkTimetable);

export type PolicyFile = z.infer<typeof rulesShape>;

// The order in which a file names them is no part of the rules, and must not change their version.
const sortedByName = (numbers: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * From the file's shape to what the core decides on. Defaults are here and nowhere else. What the calendar makes of an
 * account's zone is added once the account is known.
 */
export function toPolicy(file: PolicyFile, segment: string | null = null): Policy {
  const { limit, exposure, fallbackPlan } = file;
  return {
    name: file.name,
    retryWindowMs: file.retryWindow,
    reminders: file.reminders.map(({ after }) => ({ afterMs: after })),
    limit: limit === undefined ? null : { afterMs: limit.after, leadMs: limit.lead ?? 0 },
    pause: toPause(file.pause),
    decommission: toDecommission(file.decommission),
    fallbackPlan:
      fallbackPlan === undefined
        ? null
        : { plan: fallbackPlan.plan, limits: sortedByName(fallbackPlan.limits ?? {}) },
    dwellMs: file.dwell ?? DAY_MS,
    longestEpisodeMs: file.longestEpisode ?? 30 * DAY_MS,
    longestExtensionMs: file.longestExtension ?? 60 * DAY_MS,
    longestAgreementMs: file.longestAgreement ?? 180 * DAY_MS,
    // The slowest of the usual bank debits settles within two weeks.
    longestProcessingMs: file.longestProcessing ?? 14 * DAY_MS,
    confirmationMs: file.confirmation ?? 7 * DAY_MS,
    thresholdsMinor: sortedByName(file.thresholds ?? {}),
    exposure: exposure === undefined ? null : { capsMinor: sortedByName(exposure.caps), pace: exposure.pace },
    retryOnNewCard: file.retryOnNewCard ?? true,
    clock: file.clock ?? 'first_failure',
    segment,
    almanac: null,
    contact: file.contact,
    exportUrl: file.exportUrl ?? null,
    language: file.language ?? 'en',
    recheckMs: file.recheck ?? 30_000,
    holdRetryMs: file.holdRetry ?? DAY_MS / 4,
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
  const { after, retention, approval = 14 * DAY_MS, approvers, collection = 'cancel' } = rule;
  return { afterMs: after, retentionMs: retention, approvalMs: approval, approvers, collection };
}
