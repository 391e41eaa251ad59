import { describe, expect, it } from 'vitest';
import { loadCore } from '../../simulation/core-loader.js';
import { decoy, mutants, tryMutant } from '../../simulation/mutants.js';

const mostWorlds = 12;

describe('the mutants', () => {
  it('are at least forty, and the decoy is one of them', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(40);
    expect(mutants.map(({ name }) => name)).toContain(decoy);
  });

  it('leave the sound core alone', () => {
    expect(tryMutant({ name: 'sound', core: () => loadCore() }, 1, mostWorlds).killedBy).toBeNull();
  });

  // The rest of them are tried by `npm run simulate`.
  it.each(mutants.filter((_, n) => n % 4 === 0).map((mutant) => [mutant.name, mutant] as const))(
    'finds out one that %s',
    (_, mutant) => {
      expect(tryMutant(mutant, 1, mostWorlds).killedBy).not.toBeNull();
    },
  );

  it('refuses an edit whose text is gone', () => {
    const edit = { file: 'src/domain/judge.ts', from: 'this stands nowhere', to: '' };
    expect(() => loadCore([edit])).toThrow('stands 0 times');
  });
});
