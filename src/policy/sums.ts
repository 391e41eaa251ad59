import { z } from 'zod';

const currency = z
  .string()
  .regex(/^[a-z]{3}$/, 'write the currency as three lower-case letters, such as usd');

/** Sums by currency, each in the smallest unit of its own. */
export const sumsMinor = z
  .record(
    currency,
    z.number('write the sum in the smallest unit of its currency: 4900 for 49.00').int().nonnegative(),
  )
  .meta({ title: 'sums by currency, as `{usd: 4900}`' });
