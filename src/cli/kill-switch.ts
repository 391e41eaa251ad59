import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { readKillSwitchConfig } from '../config-kill-switch.js';
import { whyHeld } from '../db/queries/kill-orders.js';
import { mustFind } from './account/find.js';
import { operatorEnvironment, withDatabase } from './environment.js';
import { deny, heldBack, undo } from './kill-switch/act.js';
import { mustBeAllowed, type PermissionFlags } from './kill-switch/permission.js';
import { openAll, planAll, type Planned } from './kill-switch/planned.js';
import { printPlan, showPlan } from './kill-switch/shown.js';
import { CommandFailure } from './output.js';
import { signatureOf, type SignedFlags } from './signature.js';

type Flags = SignedFlags & PermissionFlags & { readonly execute?: boolean; readonly undo?: boolean };

/** `forbear kill-switch`: denies an account's principals at AWS everything, and takes it back. */
export function killSwitchCommand(): Command {
  return new Command('kill-switch')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description(
      "deny everything to an account's users and roles at AWS; without --execute the plan is shown and nothing changed",
    )
    .requiredOption('--reason <reason>', 'why; it stands in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--execute', 'do it')
    .option('--confirm <count>', 'with --execute, where fewer than two approvers are configured: how many')
    .option('--approval <id>', 'with --execute: the approval of exactly this plan')
    .option('--undo', 'take it back, at once')
    .option('--json', 'one JSON record a line')
    .addHelpText('after', '\nCan be repeated: who is denied everything stays so. See docs/kill-switch.md.')
    .action(killSwitch);
}

async function killSwitch(word: string, flags: Flags): Promise<void> {
  if (flags.undo && (flags.execute || flags.confirm !== undefined || flags.approval !== undefined))
    throw new CommandFailure('usage', '--undo stands alone: it is done at once');
  const { switches, guard, approval } = readKillSwitchConfig(operatorEnvironment());
  const signed = { id: randomUUID(), ...signatureOf(flags) };
  const { openKillSwitch } = await import('../wiring-kill-switch.js');
  const opened = await openAll(switches, openKillSwitch);
  await withDatabase(async (db) => {
    const { id, ref } = await mustFind(db, word);
    const culprit = { id, ref };
    if (flags.undo) return undo(db, opened, culprit, signed, guard, flags);
    const planned = await planAll(opened, culprit);
    if (!flags.execute) return show(planned, flags);
    mustBeSound(planned);
    // Else an approval would be used up for nothing.
    const held = await whyHeld(db, guard);
    if (held !== null) throw heldBack(held, null);
    const used = await mustBeAllowed(db, planned, signed, approval, flags);
    await deny(db, planned, { ...signed, approval: used }, guard, flags);
  });
}

function show(planned: Planned, { json }: Flags): void {
  if (json) printPlan(planned);
  else showPlan(planned, new Date());
  mustBeSound(planned);
}

function mustBeSound({ refusals }: Planned): void {
  if (refusals.length > 0)
    throw new CommandFailure('refused', `nothing is done, to nobody:\n  ${refusals.join('\n  ')}`);
}
