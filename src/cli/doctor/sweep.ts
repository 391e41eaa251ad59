import type { ApiConfig } from '../../config.js';
import { openDatabase } from '../../db/client.js';
import { readLastSweep, type SweepRow } from '../../db/queries/sweep.js';
import { formatDuration, type Instant } from '../../domain/time.js';
import { ok, unknown, warning, type Diagnosis } from './diagnosis.js';

/** When the last sweep was, and what it came to. */
export async function lookAtSweeps({
  databaseUrl,
  sweepEveryMs,
}: Pick<ApiConfig, 'databaseUrl' | 'sweepEveryMs'>): Promise<readonly Diagnosis[]> {
  const database = openDatabase(databaseUrl, 1);
  try {
    return [sweepOf(await readLastSweep(database.db), sweepEveryMs, Date.now())];
  } finally {
    await database.close();
  }
}

/** What is said of the sweeps. Pure. */
export function sweepOf(
  last: Pick<SweepRow, 'endedAt' | 'looked' | 'mended' | 'failed'> | null,
  everyMs: number,
  now: Instant,
): Diagnosis {
  const part = 'sweep';
  if (everyMs === 0)
    return warning(
      part,
      'is off: who has paid stays off where the event of his payment gets lost',
      'set FORBEAR_SWEEP_EVERY_MINUTES, for api and worker',
    );
  const endedAt = last?.endedAt ?? null;
  if (last === null || endedAt === null)
    return unknown(
      part,
      'none has ended yet',
      'the worker begins one every quarter of an hour; forbear sweep runs one now',
    );
  const { looked, mended, failed } = last;
  const agoMs = Math.max(0, now - endedAt.getTime());
  const text = `ended ${formatDuration(agoMs)} ago: ${looked} read again, ${mended} mended, ${failed} failed`;
  if (agoMs > 3 * everyMs)
    return warning(
      part,
      text,
      'see the schedule forbear-sweep in the Temporal Web UI, and the log of forbear worker',
    );
  return failed > 0
    ? warning(part, text, 'the log of forbear worker says who could not be looked at, and why')
    : ok(part, text);
}
