import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { readAnchorFile } from '../../config.js';
import { checkAnchors } from '../../db/queries/anchor-check.js';
import { checkChains, type Fault } from '../../db/queries/audit-check.js';
import { formatInstant } from '../../domain/time.js';
import { mustFind } from '../account/find.js';
import { operatorEnvironment, withDatabase } from '../environment.js';
import { CommandFailure, print, printJson } from '../output.js';
import { repeatable } from '../repeatable.js';

type Flags = { readonly account?: string; readonly anchors: readonly string[]; readonly json?: boolean };

/** `forbear audit-log verify`. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'whether the log is as it was written: nothing changed, taken out, put in, cut off or rewritten',
    )
    .option('--account <account>', 'only this one: its ref, our id or a Stripe customer')
    .addOption(repeatable('--anchors <file>', 'a file of anchors, in place of FORBEAR_ANCHOR_FILE'))
    .option('--json', 'one JSON record a line; the last one counts')
    .action(verify);
}

async function verify({ account: word, anchors, json = false }: Flags): Promise<void> {
  const files = anchors.length > 0 ? anchors : defaultFiles();
  const counts = { chains: 0, entries: 0, erased: 0, anchors: 0, heads: 0, newestAt: null as Date | null };
  let faults = 0;
  await withDatabase(async (db) => {
    const account = word === undefined ? undefined : (await mustFind(db, word)).id;
    const tell = (fault: Fault) => {
      faults += 1;
      if (json) printJson({ kind: 'fault', ...fault });
      else print(sentenceOf(fault));
    };
    for await (const fault of checkChains(db, account, counts)) tell(fault);
    const lines = files.length === 0 ? null : linesOf(files);
    for await (const fault of checkAnchors(db, lines, account, counts)) tell(fault);
  });
  if (json) printJson({ kind: 'counts', ...counts, faults, isAnchored: files.length > 0 });
  if (faults > 0)
    throw new CommandFailure('failed', `the audit log is not as it was written: ${faults} faults`);
  if (!json) summarize(counts, files.length > 0);
}

function defaultFiles(): string[] {
  const file = readAnchorFile(operatorEnvironment());
  return file === null ? [] : [file];
}

async function* linesOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    let rest = '';
    for await (const chunk of chunksOf(file)) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    yield rest;
  }
}

async function* chunksOf(file: string): AsyncGenerator<string> {
  try {
    yield* createReadStream(file, 'utf8') as AsyncIterable<string>;
  } catch (error) {
    throw new CommandFailure('failed', `the anchors can't be read: ${(error as Error).message}`);
  }
}

const sentenceOf = (fault: Fault) =>
  'anchor' in fault
    ? `anchor ${fault.anchor} ${fault.text}`
    : `account ${fault.account}, entry ${fault.position} ${fault.text}`;

type Counts = {
  readonly chains: number;
  readonly entries: number;
  readonly erased: number;
  readonly anchors: number;
  readonly heads: number;
  readonly newestAt: Date | null;
};

function summarize({ chains, entries, erased, anchors, heads, newestAt }: Counts, isAnchored: boolean): void {
  print(
    `${chains} chains with ${entries} entries and ${anchors} anchors with ${heads} heads are as they were written. The words of ${erased} entries were erased.`,
  );
  if (!isAnchored)
    print(
      'Without the file of anchors nobody can tell whether the newest entries are missing, or all was rewritten: give --anchors.',
    );
  else if (newestAt !== null) print(`The newest anchor is of ${formatInstant(newestAt.getTime())}.`);
}
