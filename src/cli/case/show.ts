import { Command } from 'commander';
import type { Db } from '../../db/client.js';
import { createPostgresApprovals } from '../../db/queries/approvals.js';
import { newestCase } from '../../db/queries/cases.js';
import { listFindings } from '../../db/queries/findings.js';
import { readGivingBack } from '../../db/queries/giving-back.js';
import { readPolicy } from '../../db/queries/policies.js';
import { readTerms } from '../../db/queries/terms.js';
import { formatInstant } from '../../domain/time.js';
import { mustFind } from '../account/find.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson, printTable } from '../output.js';
import { caseRows, type Shown } from './shown.js';

/** `forbear case show`. */
export function showCommand(): Command {
  return new Command('show')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description("an account's newest case: why, what comes next, and what waits for whom")
    .option('--json', 'for programs')
    .action(show);
}

async function show(word: string, flags: { json?: boolean }): Promise<void> {
  const shown = await withDatabase((db) => readShown(db, word));
  const { row, policy, account, plan, findings, terms, givingBack } = shown;
  if (flags.json) {
    const { name, segment, own } = policy;
    const rules = { name, segment, own };
    printJson({ ...row, rules, account: { ...account, ...terms }, plan, findings, givingBack });
    return;
  }
  printTable(['case', row.file.id], caseRows(shown, Date.now()), '', { wraps: [1] });
  for (const remark of row.file.remarks) print(`${formatInstant(remark.at, true)}  ${remark.text}`);
}

async function readShown(db: Db, word: string): Promise<Shown> {
  const account = await mustFind(db, word);
  const row = await newestCase(db, account.id);
  if (row === null) throw new CommandFailure('notFound', `account ${account.ref} never had a case`);
  const { approval } = row.file;
  const asked = approval === null ? null : await createPostgresApprovals(db).read(approval.id);
  return {
    account,
    row,
    policy: await readPolicy(db, row.file.policyVersion),
    plan: asked?.plan ?? null,
    findings: await listFindings(db, { account: account.id }),
    terms: await readTerms(db, account.id),
    givingBack: await readGivingBack(db, account.id),
  };
}
