import type { CaseFile } from '../src/domain/case-file.js';
import type { Instant } from '../src/domain/time.js';
import type { NextStep } from '../src/domain/timetable.js';
import type { Cases } from '../src/ports/cases.js';

export function createCaseRecordActivities({ cases }: { readonly cases: Cases }) {
  return {
    /** Writes what the case says of itself into the projection, from which lists are read. Safe to repeat, also late. */
    async recordCase(file: CaseFile, next: NextStep | null, at: Instant): Promise<void> {
      await cases.save(file, next, at);
    },
  };
}
