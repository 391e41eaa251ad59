import type { Core } from './core.js';
import { createWorld, runWorld } from './engine.js';
import { soundCore } from './sound-core.js';
import { lineOf } from './story.js';
import type { Mark } from './world.js';

/** Of a life that is lived twice: what differs before the first act, and whether there was one at all. */
export type Comparison = { readonly differs: string | null; readonly acted: boolean };

const givesBack = ({ act }: Extract<Mark, { kind: 'claim' }>) =>
  act.step === 'lift' || act.step === 'unrestrict' || act.step === 'close';

/** The first act: where whoever enforces is granted it, or stopped by a breaker, whoever observes is told that he observes. */
const isFirstAct = (mark: Mark): mark is Extract<Mark, { kind: 'claim' }> =>
  mark.kind === 'claim' && !givesBack(mark) && (mark.ruling === 'grant' || mark.breaker !== null);

/** Lives the life of one account by itself under both modes: until the first act it is the same, and that is the same act. */
export function compareModes(seed: number, core: Core = soundCore): Comparison {
  const live = (mode: 'observe' | 'enforce') =>
    runWorld(createWorld(seed, { core, mode, accounts: 1 })).subjects[0]?.marks ?? [];
  const [enforced, observed] = [live('enforce'), live('observe')];
  const first = enforced.findIndex(isFirstAct);
  const until = first < 0 ? enforced.length : first;
  for (let n = 0; n < until; n += 1) {
    const [one, other] = [enforced[n], observed[n]].map((mark) =>
      mark === undefined ? 'nothing' : lineOf(mark),
    );
    if (one !== other) return { differs: `enforced: ${one}; observed: ${other}`, acted: first >= 0 };
  }
  return { differs: differenceAt(enforced[first], observed[until]), acted: first >= 0 };
}

function differenceAt(act: Mark | undefined, seen: Mark | undefined): string | null {
  if (act === undefined) return seen === undefined ? null : `enforced: nothing; observed: ${lineOf(seen)}`;
  const isSame =
    act.kind === 'claim' &&
    seen?.kind === 'claim' &&
    seen.at === act.at &&
    seen.reason === 'observing' &&
    JSON.stringify(seen.act) === JSON.stringify(act.act);
  return isSame
    ? null
    : `enforced: ${lineOf(act)}; observed: ${seen === undefined ? 'nothing' : lineOf(seen)}`;
}
