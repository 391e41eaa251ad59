import type { Command } from 'commander';
import type { DecisionInput } from '../../../workflows/messages.js';
import { readLinkSecret } from '../../config-approvers.js';
import { newestCase } from '../../db/queries/cases.js';
import type { Approval } from '../../domain/case-file.js';
import { signDecision } from '../../guard/decision-proof.js';
import { mustFind } from '../account/find.js';
import { operatorEnvironment, withDatabase } from '../environment.js';
import { CommandFailure } from '../output.js';
import { signatureOf } from '../signature.js';
import { give, orderCommand, signed, type OrderFlags } from './order.js';

type DecideFlags = OrderFlags & { readonly plan: string; readonly code?: string };

// The hash's own first eight characters, at least: what was approved must be what is deleted.
const planName = /^([0-9a-f]{8,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** `forbear case approve`. */
export function approveCommand(): Command {
  return decisionCommand('approve', 'allow the deletion that waits for approval', 'Approved.');
}

/** `forbear case reject`. */
export function rejectCommand(): Command {
  return decisionCommand('reject', 'refuse the deletion that waits for approval', 'Rejected.');
}

function decisionCommand(kind: 'approve' | 'reject', description: string, done: string): Command {
  const command = orderCommand(kind, description)
    .requiredOption(
      '--plan <hash>',
      'the plan you have read: the first eight characters of its hash, from the mail or `case show`',
    )
    .option('--code <code>', 'the code from your mail; needed where FORBEAR_LINK_SECRET is not set');
  return signed(command).action(async (word: string, flags: DecideFlags) => {
    if (!planName.test(flags.plan))
      throw new CommandFailure(
        'usage',
        `--plan ${flags.plan}: give at least eight characters of the plan's hash`,
      );
    const input = flags.code === undefined ? await provenInput(word, kind, flags) : codedInput(flags);
    await give(word, { kind, input }, done, flags);
  });
}

/** Whose code it is says who decides, so nobody else is named unless the person does it himself. */
function codedInput(flags: DecideFlags): DecisionInput {
  const { reason } = signatureOf({ by: '', ...flags });
  const { plan, code = '', by } = flags;
  return { plan, reason, code, ...(by !== undefined && { by }) };
}

/** Vouches for the decision with the secret that worker and command share. */
async function provenInput(
  word: string,
  kind: 'approve' | 'reject',
  flags: DecideFlags,
): Promise<DecisionInput> {
  const secret = readLinkSecret(operatorEnvironment());
  if (secret === null)
    throw new CommandFailure(
      'usage',
      'give --code, from your mail, or set FORBEAR_LINK_SECRET to that of the worker: else nobody knows who decides',
    );
  const signature = signatureOf(flags);
  const waiting = await withDatabase((db) => waitingIn(db, word));
  const input = { ...signature, plan: flags.plan };
  // Whether the plan that was named is the one that waits, the case says.
  if (waiting === null) return input;
  const { id: approval, expiresAt } = waiting;
  const decision = { approval, approved: kind === 'approve', by: signature.by, expiresAt };
  return { ...input, proof: signDecision(secret, decision) };
}

async function waitingIn(db: Parameters<typeof mustFind>[0], word: string): Promise<Approval | null> {
  const { id } = await mustFind(db, word);
  return (await newestCase(db, id))?.file.approval ?? null;
}
