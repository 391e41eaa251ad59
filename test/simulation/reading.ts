import type { Standing } from '../../src/domain/standing.js';
import { longestStaleMs } from './faults.js';
import { isWithin, spanAt, standingOf, type Spoilt } from './truth.js';
import { strikes, type Subject, type World } from './world.js';
import type { Instant } from '../../src/domain/time.js';

/** What a read came to: the standing, and what the reader can't know: of when its data is, and what is wrong with it. */
export type Reading = { readonly standing: Standing; readonly asOf: Instant; readonly spoilt: Spoilt };

/** Asks Stripe, which may be down, be behind, cut a list short, or say what nobody understands. `null`: no answer. */
export function readStripe(world: World, subject: Subject): Reading | null {
  const { now, dice, faults } = world;
  const { rates, spells } = faults;
  if (spanAt(spells.stripeDown, now) !== null || strikes(world, rates.stripeFails)) return null;
  const asOf = strikes(world, rates.readsStale) ? now - dice.whole(0, longestStaleMs) : now;
  const spoilt = strikes(world, rates.listsCut)
    ? 'cut'
    : strikes(world, rates.valuesUnknown)
      ? 'unknown'
      : null;
  const { skewed } = spells;
  const stampedAt = skewed !== null && isWithin(skewed, now) ? now + skewed.workerMs : now;
  const standing = standingOf(subject.truth, asOf, stampedAt, spoilt, subject.isCollectionOver);
  return { standing, asOf, spoilt };
}
