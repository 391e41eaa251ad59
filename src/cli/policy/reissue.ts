import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import { allStages, type CaseFile } from '../../domain/case-file.js';
import { loadPolicy } from '../../policy/load.js';
import { mustFind } from '../account/find.js';
import { operatorEnvironment, withDatabase, withTemporal } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { signatureOf } from '../signature.js';
import { movesUnder, printMoves, type CaseMove } from './moves.js';

type Flags = {
  readonly policy?: string;
  readonly account?: string;
  readonly stage?: CaseFile['stage'];
  readonly segment?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly json?: boolean;
};

/** `forbear policy reissue`. */
export function reissueCommand(): Command {
  return new Command('reissue')
    .description(
      'put open cases under the policy of today; without --yes it only says what that would change',
    )
    .option(
      '--policy <file>',
      'the policy that the workers go by, to say what would change (default: FORBEAR_POLICY)',
    )
    .option('--account <account>', 'the case of one account')
    .addOption(new Option('--stage <stage>', 'cases of this stage').choices(allStages))
    .option('--segment <name>', 'cases that this segment is for')
    .option('--all', 'every open case')
    .option('--yes', 'do it; needs --reason')
    .option('--reason <reason>', 'why; it stands in each case and in the audit log')
    .option('--by <name>', 'who (default: you)')
    .option('--json', 'for programs')
    .action(reissueCases);
}

async function reissueCases(flags: Flags): Promise<void> {
  const { account: word, stage, segment, all } = flags;
  if (word === undefined && stage === undefined && segment === undefined && !all)
    throw new CommandFailure('usage', 'say which cases: --account, --stage, --segment or --all');
  const file = flags.policy ?? operatorEnvironment()['FORBEAR_POLICY'];
  if (file === undefined)
    throw new CommandFailure('usage', '--policy is missing: which policy do the workers go by?');
  const signed = flags.yes
    ? signatureOf({ reason: flags.reason ?? '', ...(flags.by !== undefined && { by: flags.by }) })
    : null;
  const moves = await withDatabase(async (db) => {
    const account = word === undefined ? undefined : (await mustFind(db, word)).id;
    const filter = { ...(account && { account }), ...(stage && { stage }), ...(segment && { segment }) };
    return movesUnder(db, loadPolicy(file), filter, Date.now());
  });
  if (signed === null) {
    if (flags.json) printJson({ moves });
    else {
      printMoves(moves);
      print(
        `${moves.length} ${moves.length === 1 ? 'case' : 'cases'}. Nothing was changed: give --yes and --reason to do it.`,
      );
    }
    return;
  }
  const results = await send(moves, signed);
  if (flags.json) printJson({ results });
  else results.forEach(({ ref, result }) => print(`${ref}: ${result}`));
  if (results.some(({ result }) => result !== 'taken'))
    throw new CommandFailure('failed', 'not every case has taken the order: give it again');
}

/** One after the other: each is looked at anew, and Stripe's limits are for payers first. */
async function send(moves: readonly CaseMove[], input: { readonly reason: string; readonly by: string }) {
  const { createOrders } = await import('../../dispatcher/orders.js');
  return withTemporal(async (client) => {
    const orders = createOrders(client);
    const results: { readonly ref: string; readonly result: string }[] = [];
    for (const { account, ref } of moves) {
      const order = { kind: 'reissuePolicy', id: randomUUID(), input } as const;
      const result = await orders.send({ id: account, ref, name: ref }, order);
      results.push({ ref, result: result.status === 'refused' ? `refused: ${result.why}` : result.status });
    }
    return results;
  });
}
