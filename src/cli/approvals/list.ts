import { Command } from 'commander';
import { openDeletions, type OpenDeletion } from '../../db/queries/approvals.js';
import { createPostgresBulk } from '../../db/queries/bulk.js';
import type { BulkRequest } from '../../ports/bulk.js';
import { withDatabase } from '../environment.js';
import { fromNow, printJson, printTable } from '../output.js';

/** `forbear approvals list`. */
export function listApprovalsCommand(): Command {
  return new Command('list')
    .description('what waits for a decision, or was allowed and not done yet')
    .option('--json', 'one JSON record a line, with every act')
    .action(list);
}

async function list(flags: { json?: boolean }): Promise<void> {
  const [bulk, deletions] = await withDatabase(async (db) => [
    // Nothing is decided here, so nobody has to be known.
    await createPostgresBulk(db, { approvers: [], secret: null }).open(),
    await openDeletions(db),
  ]);
  if (flags.json) {
    bulk.forEach(printJson);
    deletions.forEach((deletion) => printJson({ kind: 'deletion', ...deletion }));
    return;
  }
  const now = new Date();
  printTable(
    ['what', 'why', 'state', 'expires', 'to decide'],
    [...bulk.map((request) => bulkRow(request, now)), ...deletions.map((one) => deletionRow(one, now))],
    'Nothing waits for anybody.',
    { wraps: [1, 4] },
  );
}

function bulkRow({ id, kind, count, reason, askedBy, decision, expiresAt }: BulkRequest, now: Date) {
  return [
    `${kind}: ${count} ${count === 1 ? 'act' : 'acts'}`,
    `${reason} (${askedBy})`,
    decision === null ? 'waits' : `approved by ${decision.by}${decision.alone ? ', who asked for it' : ''}`,
    fromNow(new Date(expiresAt), now),
    decision === null ? `forbear approvals approve ${id}` : '',
  ];
}

function deletionRow({ ref, summary, planHash, expiresAt }: OpenDeletion, now: Date) {
  return [
    `deletion for ${ref}`,
    summary,
    'waits',
    fromNow(new Date(expiresAt), now),
    `forbear case approve ${ref} --plan ${planHash.slice(0, 8)}`,
  ];
}
