import { describe, expect, it } from 'vitest';
import { formatRules } from '../../src/domain/policy.js';
import { detailsOf } from '../../workflows/details.js';
import { remindedCase, samplePolicy } from '../support/facts.js';

const own = { reason: 'contract 17', until: Date.UTC(2026, 11, 24) };

describe('the rules of a case, on one line', () => {
  it.each([
    [{}, 'sample'],
    [{ segment: 'new' }, 'sample · segment new'],
    [{ own }, 'sample · own rules until 2026-12-24 00:00 UTC ("contract 17")'],
    [{ segment: 'new', own }, 'sample · segment new · own rules until 2026-12-24 00:00 UTC ("contract 17")'],
  ])('%o', (more, line) => {
    expect(formatRules({ ...samplePolicy, ...more })).toBe(line);
  });

  it('stand in the details that the Temporal Web UI shows', () => {
    const life = { file: remindedCase(3), policy: { ...samplePolicy, segment: 'new' }, standing: null };
    const account = { ref: 'acme', name: 'Acme' };
    const details = detailsOf({
      ...life,
      account,
      act: null,
      wakeAt: 0,
      next: null,
      orders: [],
      verdicts: [],
    });
    expect(details).toContain('- **Rules:** sample · segment new\n');
  });
});
