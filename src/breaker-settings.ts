import { z } from 'zod';
import { ConfigError } from './config-parts.js';
import { breakerKinds, rehearsalBreakers, usualBreakers, type BreakerRules } from './domain/breaker.js';
import { SECOND_MS } from './domain/time.js';

const whole = z.int('must be a whole number').min(0);
const share = z.number('must be a number').min(0, 'must be from 0 to 1').max(1, 'must be from 0 to 1');
const bound = z.strictObject({ most: whole.optional(), share: share.optional(), floor: whole.optional() });
const kind = z.strictObject({ hour: bound.optional(), day: bound.optional() });

const rules = z.strictObject({
  ...Object.fromEntries(breakerKinds.map((name) => [name, kind.optional()])),
  canary: z
    .strictObject({
      quietSeconds: whole.optional(),
      lookSeconds: whole.optional(),
      sizes: z.array(whole.min(1)).max(5).optional(),
    })
    .optional(),
  selected: z.strictObject({ share: share.optional(), least: whole.optional() }).optional(),
  vetoed: z.strictObject({ share: share.optional(), least: whole.min(1).optional() }).optional(),
  alike: z
    .strictObject({
      share: share.optional(),
      least: whole.min(2).max(1_000).optional(),
      home: share.optional(),
    })
    .optional(),
  tolerance: share.optional(),
});

/** What `breakers` of forbear.yaml may be: changes of the usual limits, or a rehearsal, in which nobody is held. */
export const breakerEntry = z.union([z.literal('rehearsal'), rules]).optional();

type Changes = Readonly<Record<string, unknown>>;

/** The rules that an entry comes to. Throws `ConfigError` for a rehearsal with a live key. */
export function breakersOf(entry: z.infer<typeof breakerEntry>, livemode: boolean): BreakerRules {
  if (entry === undefined) return usualBreakers;
  if (entry === 'rehearsal') {
    if (livemode) throw new ConfigError('breakers: rehearsal holds nobody back, and is for a test key only');
    return rehearsalBreakers;
  }
  const { canary, selected, vetoed, alike, tolerance, ...kinds } = entry as Changes;
  const { quietSeconds, lookSeconds, sizes } = (canary ?? {}) as Readonly<Record<string, number>> & {
    readonly sizes?: readonly number[];
  };
  const usual = usualBreakers;
  return {
    bounds: changed(usual.bounds, kinds),
    canary: {
      quietMs: quietSeconds === undefined ? usual.canary.quietMs : quietSeconds * SECOND_MS,
      lookMs: lookSeconds === undefined ? usual.canary.lookMs : lookSeconds * SECOND_MS,
      sizes: sizes ?? usual.canary.sizes,
    },
    selected: changed(usual.selected, selected),
    vetoed: changed(usual.vetoed, vetoed),
    alike: changed(usual.alike, alike),
    tolerance: (tolerance as number | undefined) ?? usual.tolerance,
  };
}

/** `usual`, with what `changes` says otherwise, at any depth. */
function changed<T extends object>(usual: T, changes: unknown): T {
  const given = (changes ?? {}) as Changes;
  const each = Object.entries(usual).map(([name, value]): [string, unknown] => {
    const change = given[name];
    if (change === undefined) return [name, value];
    return [name, typeof value === 'object' && value !== null ? changed(value as object, change) : change];
  });
  return Object.fromEntries(each) as T;
}
