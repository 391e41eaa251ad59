import { Command } from 'commander';
import { readApproversConfig } from '../../config-approvers.js';
import { signDecision } from '../../guard/decision-proof.js';
import type { BulkRequest } from '../../ports/bulk.js';
import { operatorEnvironment, withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { signatureOf } from '../signature.js';

type DecideFlags = { readonly by?: string; readonly json?: boolean };

/** `forbear approvals approve`. */
export function approveBulkCommand(): Command {
  return decisionCommand('approve', 'allow the acts of a request, all of them, once', true);
}

/** `forbear approvals reject`. */
export function rejectBulkCommand(): Command {
  return decisionCommand('reject', 'refuse the acts of a request', false);
}

function decisionCommand(name: string, description: string, approved: boolean): Command {
  return new Command(name)
    .argument('<id>', 'of the request, from the mail or `approvals list`')
    .description(description)
    .option('--by <name>', 'who: the address in FORBEAR_APPROVERS (default: you)')
    .option('--json', 'for programs')
    .action((id: string, flags: DecideFlags) => decide(id, approved, flags));
}

async function decide(id: string, approved: boolean, flags: DecideFlags): Promise<void> {
  const config = readApproversConfig(operatorEnvironment());
  const secret = config.links?.secret;
  if (secret === undefined)
    throw new CommandFailure('usage', 'FORBEAR_LINK_SECRET is not set: nothing would show who decides');
  const { by } = signatureOf({ ...flags, reason: 'none is asked for' });
  const { bulkAsking } = await import('../../wiring-bulk.js');
  const request = await withDatabase(async (db) => {
    const { bulk } = bulkAsking(config, db);
    const asked = await bulk.read(id);
    if (asked === null)
      throw new CommandFailure('notFound', `no request is "${id}": see forbear approvals list`);
    const { expiresAt } = asked;
    const proof = signDecision(secret, { approval: id, approved, by, expiresAt });
    const result = await bulk.decide(id, { approved, by, proof });
    if (result.status === 'refused') throw new CommandFailure('refused', `refused: ${result.why}`);
    return result.request;
  });
  if (flags.json) printJson(request);
  else print(sentenceOf(request));
}

function sentenceOf({ decision, kind, count }: BulkRequest): string {
  const what = decision?.approved === true ? 'Approved' : 'Rejected';
  const alone =
    decision?.alone === true ? ' You have asked for it yourself: only one person is configured.' : '';
  return `${what}: ${kind}, ${count} ${count === 1 ? 'act' : 'acts'}.${alone}`;
}
