import { Command } from 'commander';
import { createChainCheck, readAuditTrail, type AuditRow } from '../../db/queries/audit.js';
import { spokenBody } from '../../db/words.js';
import { formatInstant } from '../../domain/time.js';
import { mustFind } from '../account/find.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson, printTable } from '../output.js';

/** `forbear case history`. */
export function historyCommand(): Command {
  return new Command('history')
    .argument('<account>', 'its ref, our id or a Stripe customer')
    .description("the account's audit log over all its cases, and whether it is as it was written")
    .option('--json', 'one JSON record a line; the last one says whether the chain holds')
    .action(history);
}

async function history(word: string, flags: { json?: boolean }): Promise<void> {
  const chain = createChainCheck();
  const entries: HistoryEntry[] = [];
  await withDatabase(async (db) => {
    const { id } = await mustFind(db, word);
    for await (const row of readAuditTrail(db, id)) {
      chain.add(row);
      entries.push(entryOf(row));
    }
  });
  const result = chain.result();
  if (flags.json) [...entries, { kind: 'chain', ...result }].forEach(printJson);
  else printHistory(entries);
  if (result.brokenAt !== null)
    throw new CommandFailure(
      'failed',
      `the chain is broken at position ${result.brokenAt}: what stands there is not what was written`,
    );
  if (!flags.json && result.entries > 0) print(`The chain of ${result.entries} entries is whole.`);
}

function printHistory(entries: readonly HistoryEntry[]): void {
  const rows = entries.map(({ position, at, what, who, why, outcome }) => [
    String(position),
    formatInstant(at.getTime(), true),
    what,
    who,
    [outcome, why].filter(Boolean).join(': '),
  ]);
  const head = ['#', 'when', 'what', 'who', 'outcome, and why'];
  printTable(head, rows, 'Nothing was ever done to this account.', { wraps: [2, 4] });
}

/** A line of the trail as people read it; `effect` and `kind` for programs. */
export type HistoryEntry = Pick<AuditRow, 'position' | 'at' | 'kind' | 'effect'> & {
  readonly what: string;
  readonly who: string;
  readonly why: string;
  readonly outcome: string;
};

/** An entry with its words; who, why and what was said are `(erased)` where they are. */
export function entryOf(row: AuditRow & { readonly words?: string | null }): HistoryEntry {
  const { position, at, kind, effect } = row;
  const body = spokenBody(row);
  const said = (name: string) => textOf(body[name]);
  const entry = { position, at, kind, effect };
  switch (kind) {
    case 'order':
      return {
        ...entry,
        what: said('text') || said('kind'),
        who: said('by'),
        why: said('reason'),
        outcome: 'ordered',
      };
    case 'outcome': {
      const outcome = [said('status'), said('evidence')].filter(Boolean).join(': ');
      return { ...entry, what: stepOf(effect), who: 'Forbear', why: '', outcome };
    }
    case 'intent':
      return { ...entry, what: stepOf(effect), who: 'Forbear', why: said('reason'), outcome: 'begun' };
    case 'refusal':
    case 'note':
      return {
        ...entry,
        what: stepOf(effect),
        who: said('by') || 'Forbear',
        why: said('reason'),
        outcome: said('text'),
      };
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** `pause 2` of `account/case/pause/2`: the how-manieth time a case takes a step is said from the second on. */
function stepOf(effect: string): string {
  const [, , step, round] = effect.split('/');
  if (step === undefined) return effect;
  return round === undefined || round === '1' ? step : `${step} ${round}`;
}
