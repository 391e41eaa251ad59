import type { Db } from '../../db/client.js';
import { readClock } from '../../db/queries/ledger.js';
import type { readKillSwitchConfig } from '../../config-kill-switch.js';
import { HOUR_MS } from '../../domain/time.js';
import { askInBulk, type BulkAsking } from '../../guard/ask-bulk.js';
import { CommandFailure, printJson } from '../output.js';
import { actKind, type Planned } from './planned.js';
import type { Signed } from './act.js';

export type PermissionFlags = {
  readonly confirm?: string;
  readonly approval?: string;
  readonly json?: boolean;
};

type Approval = ReturnType<typeof readKillSwitchConfig>['approval'];

/**
 * Whether it may be done. Where two approvers are configured or more, one of them who has not asked has allowed exactly these
 * acts, once: his approval is used up, and its id returned. Where there are fewer, the number is typed: `null`.
 */
export async function mustBeAllowed(
  db: Db,
  planned: Planned,
  signed: Signed,
  approval: Approval,
  flags: PermissionFlags,
): Promise<string | null> {
  const { acts } = planned;
  if (approval.approvers.length < 2) {
    mustBeConfirmed(acts.length, flags);
    return null;
  }
  const { bulkAsking } = await import('../../wiring-bulk.js');
  const asking = bulkAsking(approval, db);
  if (flags.approval === undefined) return ask(db, asking, planned, signed, flags);
  const use = await asking.bulk.consume(flags.approval, { kind: actKind, acts });
  if (use.status === 'allowed') return use.request.id;
  throw new CommandFailure('refused', `nothing was done: ${use.text}`);
}

function mustBeConfirmed(count: number, { confirm, approval }: PermissionFlags): void {
  if (approval !== undefined)
    throw new CommandFailure(
      'usage',
      '--approval is for two approvers or more (FORBEAR_APPROVERS): say --confirm with the number',
    );
  if (confirm === String(count)) return;
  throw new CommandFailure(
    'usage',
    confirm === undefined
      ? `look at the plan without --execute, and add --confirm ${count}, the number of its principals`
      : `--confirm ${confirm}: the plan names ${count} now; nothing was done`,
  );
}

// As long as a plan may be left lying about: whoever needs longer asks anew.
const askedForMs = HOUR_MS;

async function ask(
  db: Db,
  asking: BulkAsking,
  { acts, culprit }: Planned,
  { by, reason }: Signed,
  { json }: PermissionFlags,
): Promise<never> {
  const expiresAt = (await readClock(db)).getTime() + askedForMs;
  const wish = { kind: actKind, acts, askedBy: by, reason: `${culprit.ref}: ${reason}`, expiresAt };
  const { request, told, untold } = await askInBulk(asking, wish);
  if (json) printJson({ record: 'request', ...request, told, untold });
  const heard = told.length === 0 ? 'nobody could be told of it' : `told ${told.join(', ')}`;
  const missed = untold.length === 0 ? '' : `; not told: ${untold.join(', ')}`;
  throw new CommandFailure(
    'refused',
    `nothing was done yet: it waits for another person's approval (${heard}${missed}). ` +
      `Once it is given with \`forbear approvals approve ${request.id}\`, give the order again with --approval ${request.id}`,
  );
}
