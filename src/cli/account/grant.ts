import { Command } from 'commander';
import { endGrants, recordGrant } from '../../db/queries/grants.js';
import { grantKinds } from '../../domain/grant.js';
import { formatInstant } from '../../domain/time.js';
import { readDate } from '../dates.js';
import { withDatabase } from '../environment.js';
import { CommandFailure } from '../output.js';
import { signatureOf, type SignedFlags } from '../signature.js';
import { change } from './changing.js';
import { fields, readField } from './fields.js';
import { inTrouble, lookAnew } from './looking-anew.js';

type GrantFlags = SignedFlags & { readonly kind: string; readonly until?: string; readonly json?: boolean };

const signed = (command: Command) =>
  command
    .requiredOption('--reason <reason>', 'why; it stands with the grant and in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs');

/** `forbear account grant`. */
export function grantCommand(): Command {
  const command = new Command('grant')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description(
      'record why an account is served without a paying subscription, and give back what the end of one keeps off; it excuses no open invoice',
    )
    .requiredOption('--kind <kind>', `one of ${grantKinds.join(', ')}`)
    .option('--until <date>', 'until then, such as 2026-12-31T00:00:00Z; a day alone begins at 00:00 UTC');
  return signed(command).action(grant);
}

/** `forbear account grant-end`. */
export function grantEndCommand(): Command {
  const command = new Command('grant-end')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description("end an account's grants; nothing is taken away by that alone")
    .option('--kind <kind>', `only that of this kind (${grantKinds.join(', ')}); else all that stand`);
  return signed(command).action(end);
}

async function grant(word: string, flags: GrantFlags): Promise<void> {
  const kind = readField('--kind', fields.grantKind, flags.kind);
  const until = flags.until === undefined ? null : Date.parse(readDate('--until', flags.until));
  const account = await change(
    word,
    flags,
    async (db, { id, ref }) => {
      const recorded = await recordGrant(db, id, { kind, until, ...signatureOf(flags) });
      if (recorded !== null) return recorded;
      throw new CommandFailure(
        'refused',
        until !== null && until <= Date.now()
          ? `--until ${flags.until} has passed: give a later date, or leave it out`
          : `a ${kind} grant of ${ref} stands already: end it first with \`forbear account grant-end ${ref} --kind ${kind}\``,
      );
    },
    ({ ref }) =>
      until === null
        ? `Account ${ref} has a ${kind} grant.`
        : `Account ${ref} has a ${kind} grant until ${formatInstant(until)}. ${nothingTaken}`,
  );
  // What an ended subscription keeps off comes back now; an account in good standing has nothing to be given.
  await lookAnew(await withDatabase((db) => inTrouble(db, [account])), 'granted');
}

const nothingTaken = 'When it is over, nothing is taken away by that alone.';

async function end(word: string, flags: SignedFlags & { kind?: string; json?: boolean }): Promise<void> {
  const kind = flags.kind === undefined ? null : readField('--kind', fields.grantKind, flags.kind);
  await change(
    word,
    flags,
    async (db, { id, ref }) => {
      const ended = await endGrants(db, id, { kind, ...signatureOf(flags) });
      if (ended.length > 0) return { ended };
      throw new CommandFailure(
        'notFound',
        `no ${kind ?? 'such'} grant of ${ref} stands: see \`forbear account show ${ref}\``,
      );
    },
    ({ ref }, { ended }) =>
      `The ${ended.join(' and ')} grant of ${ref} has ended. Nothing is taken away by that alone.`,
  );
}
