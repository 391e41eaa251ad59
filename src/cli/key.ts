import { Command, Option } from 'commander';
import { createKey, findKeys, listKeys, revokeKey, type KeyRow } from '../db/queries/keys.js';
import { keyScopes, type KeyMode, type KeyScope } from '../guard/api-key.js';
import { readDate } from './dates.js';
import { withDatabase } from './environment.js';
import { CommandFailure, fromNow, print, printJson, printTable } from './output.js';

type CreateFlags = {
  readonly name: string;
  readonly scope: readonly KeyScope[];
  readonly mode: KeyMode;
  readonly expires?: string;
  readonly json?: boolean;
};

const mostListed = 500;

/** `forbear key create|list|revoke`. */
export function keyCommand(): Command {
  const key = new Command('key').description('who may ask the API');
  key
    .command('create')
    .description('make a key; it is shown once and kept nowhere')
    .requiredOption('--name <name>', 'which app or person it is for')
    .addOption(
      new Option('--scope <scope…>', 'what it may be used for; repeatable')
        .choices([...keyScopes])
        .argParser(addScope)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--mode <mode>', 'what it begins with, so that people can tell keys apart')
        .choices(['live', 'test'])
        .default('live'),
    )
    .option('--expires <date>', 'until when it opens anything, such as 2027-01-01 (default: until revoked)')
    .option('--json', 'for programs')
    .action(create);
  key
    .command('list')
    .description('the keys, the newest first')
    .option('--all', 'those that were revoked, too')
    .option('--json', 'one JSON record a line')
    .action(list);
  key
    .command('revoke <key>')
    .description('end a key at once and for good, by its id, its name, how it begins, or itself')
    .option('--json', 'for programs')
    .action(revoke);
  return key;
}

function addScope(given: string, before: readonly KeyScope[] | undefined): KeyScope[] {
  const scopes = given.split(',').map((word) => {
    const scope = keyScopes.find((known) => known === word.trim());
    if (scope === undefined)
      throw new CommandFailure('usage', `--scope ${given}: there are ${keyScopes.join(', ')}`);
    return scope;
  });
  return [...new Set([...(before ?? []), ...scopes])];
}

async function create({ name, scope, mode, expires, json }: CreateFlags): Promise<void> {
  if (name.trim() === '') throw new CommandFailure('usage', '--name is empty: say who the key is for');
  const expiresAt = expires === undefined ? null : new Date(readDate('--expires', expires));
  if (expiresAt !== null && expiresAt.getTime() <= Date.now())
    throw new CommandFailure('usage', `--expires ${expires}: is over already`);
  const made = await withDatabase((db) =>
    createKey(db, { name: name.trim(), scopes: scope, mode, expiresAt }),
  );
  if (json) {
    printJson({ ...made.row, key: made.key });
    return;
  }
  print(made.key);
  print(
    `\nThis is the only time that it is shown. It opens ${scope.join(', ')}${expiresAt === null ? '' : ` until ${expiresAt.toISOString()}`}.`,
  );
  print(`End it with: forbear key revoke ${made.row.id}`);
}

async function list(flags: { all?: boolean; json?: boolean }): Promise<void> {
  const keys = await withDatabase((db) => listKeys(db, { revoked: flags.all ?? false, limit: mostListed }));
  if (flags.json) {
    keys.forEach(printJson);
    return;
  }
  const now = new Date();
  const rows = keys.map((key) => [
    `${key.prefix}…`,
    key.name,
    key.scopes.join(' '),
    key.lastUsedAt === null ? 'never' : fromNow(key.lastUsedAt, now),
    endOf(key, now),
    key.id,
  ]);
  const head = ['key', 'name', 'scopes', 'last used', 'ends', 'id'];
  printTable(head, rows, 'No key yet: make one with `forbear key create --name … --scope access:read`.');
  if (keys.length === mostListed) print(`Only the first ${mostListed} are shown.`);
}

function endOf({ revokedAt, expiresAt }: KeyRow, now: Date): string {
  if (revokedAt !== null) return `revoked ${fromNow(revokedAt, now)}`;
  if (expiresAt === null) return '';
  return `${expiresAt <= now ? 'expired ' : ''}${fromNow(expiresAt, now)}`;
}

async function revoke(word: string, flags: { json?: boolean }): Promise<void> {
  const { id, name, revokedAt } = await withDatabase(async (db) => {
    const [found, ...others] = await findKeys(db, word);
    if (found === undefined)
      throw new CommandFailure('notFound', `no key is "${word}": \`forbear key list\` shows them`);
    if (others.length > 0)
      throw new CommandFailure(
        'refused',
        `several keys are "${word}": give the id of one, from \`forbear key list --all\``,
      );
    return { ...found, revokedAt: await revokeKey(db, found.id) };
  });
  if (flags.json) printJson({ id, revokedAt });
  else print(`Key ${name} opens nothing any more.`);
}
