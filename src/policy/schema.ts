import { z } from 'zod';
import type { Policy } from '../domain/policy.js';
import { DAY_MS, SECOND_MS } from '../domain/time.js';
import { durationMs } from './duration.js';

const currency = z
  .string()
  .regex(/^[a-z]{3}$/, 'write the currency as three lower-case letters, such as usd');

// What is asked again without a pause in between would be asked without end.
const waitMs = durationMs.refine((ms) => ms >= SECOND_MS, 'must be at least 1s');

/** A policy file. Strict: a field that is not known is a mistake, never ignored. */
export const policyShape = z
  .strictObject({
    name: z.string().min(1).max(60),
    /** How long Stripe itself goes on retrying. */
    retryWindow: durationMs,
    reminders: z
      .array(z.strictObject({ after: durationMs }))
      .min(1)
      .max(12),
    pause: z.strictObject({ after: durationMs, lead: durationMs }).optional(),
    dwell: durationMs.optional(),
    longestEpisode: durationMs.optional(),
    longestExtension: durationMs.optional(),
    thresholds: z.record(currency, z.number().int().nonnegative()).optional(),
    contact: z.email('write the address that customers can write to'),
    recheck: waitMs.optional(),
    holdRetry: waitMs.optional(),
  })
  .superRefine((policy, ctx) => {
    policy.reminders.forEach(({ after }, index) => {
      const before = policy.reminders[index - 1]?.after ?? -1;
      if (after <= before) {
        ctx.addIssue({
          code: 'custom',
          path: ['reminders', index, 'after'],
          message: 'must be later than the reminder before it',
        });
      }
    });
    if (policy.pause !== undefined) checkPause({ ...policy, pause: policy.pause }, ctx);
  });

type PauseCheck = Pick<z.infer<typeof policyShape>, 'retryWindow' | 'reminders'> & {
  pause: { after: number; lead: number };
};

function checkPause({ retryWindow, reminders, pause }: PauseCheck, ctx: z.RefinementCtx): void {
  const issue = (path: string[], message: string) => ctx.addIssue({ code: 'custom', path, message });
  if (pause.after < retryWindow) {
    issue(
      ['pause', 'after'],
      'lies inside the retry window, while Stripe may still collect: make it later, or retryWindow shorter if Stripe really stops earlier',
    );
  }
  if (pause.lead <= 0)
    issue(['pause', 'lead'], 'must be more than nothing: a pause needs a delivered warning');
  const first = reminders[0]?.after ?? 0;
  if (pause.after < first + pause.lead) {
    issue(
      ['pause', 'lead'],
      'leaves no time for its notice: the first reminder plus the lead must come before the pause',
    );
  }
  const last = reminders.at(-1)?.after ?? 0;
  if (pause.after <= last) issue(['pause', 'after'], 'must be later than the last reminder');
}

// The order in which a file names them is no part of the rules, and must not change their version.
const sortedByName = (sums: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));

/** From the file's shape to what the core decides on. Defaults are here and nowhere else. */
export function toPolicy(file: z.infer<typeof policyShape>): Policy {
  return {
    name: file.name,
    retryWindowMs: file.retryWindow,
    reminders: file.reminders.map(({ after }) => ({ afterMs: after })),
    pause: file.pause === undefined ? null : { afterMs: file.pause.after, leadMs: file.pause.lead },
    dwellMs: file.dwell ?? DAY_MS,
    longestEpisodeMs: file.longestEpisode ?? 30 * DAY_MS,
    longestExtensionMs: file.longestExtension ?? 60 * DAY_MS,
    thresholdsMinor: sortedByName(file.thresholds ?? {}),
    contact: file.contact,
    recheckMs: file.recheck ?? 30_000,
    holdRetryMs: file.holdRetry ?? DAY_MS / 4,
  };
}
