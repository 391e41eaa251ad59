import { Command } from 'commander';
import type { Db } from '../../db/client.js';
import { nameOf } from '../../db/queries/accounts.js';
import { noteBounce } from '../../db/queries/bounces.js';
import type { Addressee } from '../../dispatcher/orders.js';
import type { BounceFate, BounceReading } from '../../ports/bounces.js';
import { lookAnew } from '../account/looking-anew.js';
import { withDatabase } from '../environment.js';
import { CommandFailure, print, printJson, printTable } from '../output.js';
import { mailsIn, type FoundMail } from './mailbox.js';

/** `forbear bounces import`. */
export function importCommand(): Command {
  return new Command('import')
    .description('take in the bounces in a mailbox export; every other mail is left alone')
    .argument('<path>', 'an mbox, a mail (.eml), or a folder of them such as a Maildir')
    .option('--json', 'one JSON record a mail')
    .addHelpText(
      'after',
      '\nCan be repeated: a bounce counts once. Open cases whose notices bounced look anew, and tell further contacts.',
    )
    .action(importAll);
}

type Found = {
  readonly mail: string;
  readonly fate: BounceFate | Extract<BounceReading, { is: 'no_bounce' }>;
};

async function importAll(path: string, { json }: { json?: boolean }): Promise<void> {
  const { found, wanting } = await withDatabase(async (db) => {
    const all = await readAll(db, path);
    return { found: all, wanting: await awake(db, all) };
  });
  if (json) found.forEach(({ mail, fate }) => printJson({ mail, ...shownOf(fate) }));
  else show(found);
  await lookAnew(wanting, 'a mail bounced');
}

async function readAll(db: Db, path: string): Promise<readonly Found[]> {
  const { largestMail, readBounce } = await import('../../adapters/mail/bounces/read.js');
  const found: Found[] = [];
  try {
    for await (const mail of mailsIn(path, largestMail)) found.push(await take(db, mail, readBounce));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CommandFailure('notFound', `there is no ${path}`);
    if (code === 'EACCES') throw new CommandFailure('failed', `${path} must not be read`);
    throw error;
  }
  return found;
}

async function take(
  db: Db,
  { name: mail, raw }: FoundMail,
  read: (raw: Uint8Array) => Promise<BounceReading>,
): Promise<Found> {
  const reading = await read(raw);
  return { mail, fate: reading.is === 'bounce' ? await noteBounce(db, reading) : reading };
}

/** The accounts whose open cases have to hear of it, each once. */
async function awake(db: Db, found: readonly Found[]): Promise<Addressee[]> {
  const ids = found.flatMap(({ fate }) => (fate.is === 'noted' && fate.wakes ? [fate.account] : []));
  const accounts: Addressee[] = [];
  for (const id of new Set(ids)) accounts.push({ id, ...(await nameOf(db, id)) });
  return accounts;
}

function shownOf(fate: Found['fate']) {
  switch (fate.is) {
    case 'noted':
      return {
        result: fate.news ? 'bounced' : 'known',
        messageId: fate.messageId,
        recipients: fate.recipients,
      };
    case 'no_bounce':
      return { result: fate.is, why: fate.why };
    case 'unknown_message':
    case 'unknown_recipient':
      return { result: fate.is };
  }
}

function wordsOf(fate: Found['fate']): readonly [what: string, detail: string] {
  switch (fate.is) {
    case 'noted':
      return [fate.news ? 'bounced' : 'bounced, known before', fate.recipients.join(' ')];
    case 'unknown_message':
      return ['unknown message', 'it is about no notice of ours'];
    case 'unknown_recipient':
      return ['unknown recipient', 'that notice did not go to whom it names'];
    case 'no_bounce':
      return ['not a bounce', fate.why];
  }
}

/** What is no bounce of ours is counted: an inbox is full of it. */
function show(found: readonly Found[]): void {
  const counts = new Map<string, { readonly words: readonly [string, string]; mails: string[] }>();
  for (const { mail, fate } of found) {
    const words = wordsOf(fate);
    const known = counts.get(words.join()) ?? { words, mails: [] };
    known.mails.push(mail);
    counts.set(words.join(), known);
  }
  const rows = [...counts.values()].map(({ words: [what, detail], mails }) => [
    what,
    String(mails.length),
    detail,
    mails.length === 1 ? (mails[0] ?? '') : `${mails[0] ?? ''} …`,
  ]);
  printTable(['found', 'mails', 'what', 'where'], rows, 'No mail is in there.', { wraps: [2, 3] });
  const bounced = found.filter(({ fate }) => fate.is === 'noted' && fate.news).length;
  print(bounced === 1 ? '1 new bounce was kept.' : `${bounced} new bounces were kept.`);
}
