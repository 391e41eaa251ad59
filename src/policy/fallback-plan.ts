import { z } from 'zod';

// They stand in every answer to the app.
const mostLimits = 50;

const planHint = 'write the plan, and its limits if it has any: { plan: free, limits: { seats: 1 } }';
const planName = 'write the app’s own name of the plan, such as free';

const limits = z
  .record(
    z.string().min(1, 'give the limit its name').max(60, 'is too long a name: at most 60 characters'),
    z
      .int('write a whole number, such as 3')
      .nonnegative('must not be less than 0: leave the limit out where there is none'),
  )
  .refine(
    (named) => Object.keys(named).length <= mostLimits,
    `has more than ${mostLimits} entries: name what the app asks for`,
  )
  .meta({ title: 'a whole number a limit' });

/** What access is worth at the end of a subscription, in a policy file. */
export const fallbackPlanShape = z.strictObject(
  {
    plan: z
      .string(planName)
      .trim()
      .min(1, planName)
      .max(60, 'is too long: at most 60 characters')
      .describe('the app’s own name of it'),
    limits: limits
      .default({})
      .describe('how much of what, by the app’s own names; the app is told them as they are'),
  },
  { error: ({ code }) => (code === 'invalid_type' ? planHint : undefined) },
);
