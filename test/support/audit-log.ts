import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asc, eq, sql } from 'drizzle-orm';
import { auditLogCommand } from '../../src/cli/audit-log.js';
import { createFileAnchors } from '../../src/adapters/file/anchors.js';
import { parseAnchor, type Anchor } from '../../src/db/anchor.js';
import { auditHash } from '../../src/db/audit.js';
import type { Database, Executor } from '../../src/db/client.js';
import { noteOrder } from '../../src/db/queries/notes.js';
import { auditLog } from '../../src/db/schema.js';
import type { AccountId } from '../../src/domain/ids.js';
import type { AnchorPlace } from '../../src/ports/anchors.js';
import { anchorAll } from '../../src/watch/anchoring.js';
import { forbearHere } from './cli.js';
import { newAccount, startDatabase } from './stack-database.js';

export type LogWorld = Awaited<ReturnType<typeof startLogWorld>>;

/** A database with an audit log, a file of anchors, and short words for what a test does with them. */
export async function startLogWorld(name: string) {
  const stack = await startDatabase(name);
  const { db } = stack.database;
  const folder = mkdtempSync(join(tmpdir(), `forbear-${name}-`));
  const file = join(folder, 'anchors.jsonl');
  const place = createFileAnchors(file);
  const write = (account: AccountId, entries = 1, reason = 'they called') =>
    db.transaction(async (tx) => {
      for (let n = 0; n < entries; n += 1)
        await noteOrder(tx, account, { kind: 'grant', text: 'a grant', by: 'Ada Lovelace', reason });
    });
  return {
    stack,
    db,
    file,
    place,
    write,
    /** An account with so many entries. */
    async written(entries: number): Promise<AccountId> {
      const account = await newAccount(stack.database);
      await write(account, entries);
      return account;
    },
    anchor: (places: readonly AnchorPlace[] = [place], wait = () => Promise.resolve()) =>
      anchorAll({ db, places, wait, isHeld: () => Promise.resolve(true) }),
    anchors: (path = file): Anchor[] =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line) => parseAnchor(line) ?? []),
    run: (...args: string[]) =>
      forbearHere(auditLogCommand(), ['audit-log', ...args], { DATABASE_URL: stack.url }),
    /** What `verify` says of an account, with the anchors. */
    verify: (account: AccountId, ...more: string[]) =>
      forbearHere(
        auditLogCommand(),
        ['audit-log', 'verify', '--account', account, '--anchors', file, ...more],
        {
          DATABASE_URL: stack.url,
        },
      ),
    tamper: (work: (tx: Executor) => Promise<unknown>) => tamper(stack.database, work),
    async end() {
      await stack.end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What only the owner of the whole server can do: the triggers that refuse every change are off. */
export const tamper = ({ db }: Database, work: (tx: Executor) => Promise<unknown>) =>
  db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await work(tx);
  });

/** Writes the account's chain anew, from a position on, as somebody does who knows how it is made. */
export async function rewriteChain(tx: Executor, account: AccountId, from: number): Promise<void> {
  const rows = await tx
    .select()
    .from(auditLog)
    .where(eq(auditLog.account, account))
    .orderBy(asc(auditLog.position));
  let previousHash = rows.find(({ position }) => position === from - 1)?.hash ?? '';
  for (const row of rows.filter(({ position }) => position >= from)) {
    const body = row.position === from ? { kind: 'forged' } : (row.body as Record<string, unknown>);
    const hash = auditHash(previousHash, row.position, { ...row, body });
    await tx.update(auditLog).set({ body, previousHash, hash }).where(eq(auditLog.seq, row.seq));
    previousHash = hash;
  }
}
