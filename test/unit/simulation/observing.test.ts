import { describe, expect, it } from 'vitest';
import { loadCore } from '../../simulation/core-loader.js';
import type { Core } from '../../simulation/core.js';
import { compareModes } from '../../simulation/observing.js';

const seeds = Array.from({ length: 600 }, (_, n) => n + 1);
const judge = 'src/domain/judge.ts';

const differences = (core?: Core) =>
  seeds.flatMap((seed) => {
    const { differs } = compareModes(seed, core);
    return differs === null ? [] : [`seed ${seed}: ${differs}`];
  });

describe('I20: a life lived once in observe and once in enforce', () => {
  it('is the same up to its first act, which is decided on alike', () => {
    expect(differences()).toEqual([]);
    expect(seeds.filter((seed) => compareModes(seed).acted).length).toBeGreaterThan(seeds.length / 4);
  });

  it.each([
    ['acts all the same', "(mode === 'observe' ? hold('observing') : null)", 'null'],
    [
      'asks first whether it observes',
      'if (standing === null) return',
      "if (mode === 'observe') return hold('observing');\n  if (standing === null) return",
    ],
  ])('finds out a guard that %s', (_, from, to) => {
    const edits = [{ file: judge, from, to }];
    const core = loadCore(
      to.includes('mode')
        ? [
            ...edits,
            { file: judge, from: 'function debt({ standing,', to: 'function debt({ mode, standing,' },
          ]
        : edits,
    );
    expect(differences(core)).not.toEqual([]);
  });
});
