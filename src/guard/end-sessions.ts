import type { SessionEnds } from '../ports/session-ends.js';
import type { SessionStore } from '../ports/sessions.js';
import type { TargetAccount } from '../ports/target.js';

export type EndingSessions = {
  readonly sessionEnds: SessionEnds;
  readonly sessionStores: readonly SessionStore[];
};

/**
 * Ends every session of these accounts: first in our own answer, then in each store. Where one can't be told the others are,
 * and the first failure is thrown, so that all of it is repeated. Returns what was ended, for the audit log.
 */
export async function endSessions(
  { sessionEnds, sessionStores }: EndingSessions,
  accounts: readonly TargetAccount[],
): Promise<string> {
  const at = await sessionEnds.note(accounts.map(({ id }) => id));
  const told = await Promise.allSettled(sessionStores.map((store) => store.end(accounts, at)));
  const failed = told.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const counts = told.flatMap((one, index) => {
    const name = sessionStores[index]?.name ?? '';
    if (one.status === 'rejected') return [];
    const known = one.value.flatMap(({ ended }) => (ended === null ? [] : [ended]));
    const isCounted = known.length === one.value.length;
    return [isCounted ? `${known.reduce((sum, n) => sum + n, 0)} in ${name}` : `those in ${name}, uncounted`];
  });
  return counts.length === 0 ? 'sessions ended' : `sessions ended: ${counts.join(', ')}`;
}
