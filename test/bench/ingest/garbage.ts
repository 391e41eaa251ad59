import { medianOf, type Figures } from '../bench.js';
import type { Workbench } from '../workbench.js';
import { countLost } from './kept.js';
import { pace, type Round } from './load.js';
import type { Scene } from './scene.js';

const forgedPerValid = 4;

type Size = Readonly<Record<'rounds' | 'seconds' | 'rate' | 'garbage', number>>;

/** Valid deliveries at a set rate, without and with forged ones beside them, alternately; nothing unless it is asked for. */
export async function measureGarbage(
  bench: Workbench,
  { db, ours, forged }: Scene,
  { rounds, seconds, rate, garbage }: Size,
): Promise<{ figures: Figures; wrong: string[]; notes: string[] }> {
  if (garbage === 0)
    return { figures: { garbageP99Ratio: null, garbageLost: null }, wrong: [], notes: ['without --garbage'] };
  const all: { alone: Round; beside: Round; refused: Round }[] = [];
  for (let n = 1; n <= rounds; n += 1) {
    const alone = await pace(ours, rate, seconds);
    const [beside, refused] = await Promise.all([
      pace(ours, rate, seconds),
      pace(forged, rate * forgedPerValid, seconds),
    ]);
    bench.say(
      `garbage ${n}: p99 alone ${alone.p99Ms.toFixed(0)} ms, beside ${refused.perSecond.toFixed(0)} forged/s ${beside.p99Ms.toFixed(0)} ms`,
    );
    all.push({ alone, beside, refused });
  }
  const valid = all.flatMap(({ alone, beside }) => [alone, beside]);
  const lost = await countLost(
    db,
    valid.flatMap(({ acknowledged }) => acknowledged),
  );
  const untaken = valid.reduce((sum, { non2xx }) => sum + non2xx, 0);
  const taken = all.reduce((sum, { refused }) => sum + refused.acknowledged.length, 0);
  const p99 = { alone: p99Of(all.map(({ alone }) => alone)), beside: p99Of(all.map(({ beside }) => beside)) };
  return {
    figures: {
      garbageP99Ratio: Number((p99.beside / p99.alone).toFixed(2)),
      garbageP99Ms: Math.ceil(p99.beside),
      garbageLost: lost + untaken,
    },
    wrong: taken === 0 ? [] : [`${taken} forged deliveries were acknowledged`],
    notes: [`${rate} valid and ${rate * forgedPerValid} forged deliveries a second`],
  };
}

const p99Of = (rounds: readonly Round[]) => medianOf(rounds.map(({ p99Ms }) => p99Ms));
