import { readFileSync, writeFileSync } from 'node:fs';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditHash } from '../../src/db/audit.js';
import type { Executor } from '../../src/db/client.js';
import { auditAnchors, auditLog, auditWords } from '../../src/db/schema.js';
import type { AccountId } from '../../src/domain/ids.js';
import { rewriteChain, startLogWorld, type LogWorld } from '../support/audit-log.js';

let world: LogWorld;
beforeAll(async () => {
  world = await startLogWorld('audit-log');
});
afterAll(async () => {
  await world.end();
});

const at = (account: AccountId, position: number) =>
  and(eq(auditLog.account, account), eq(auditLog.position, position));

/** Moves entries to other positions, past the index that lets no two stand at one. */
async function move(
  tx: Executor,
  account: AccountId,
  moves: readonly (readonly [from: number, to: number])[],
) {
  const far = 1_000;
  for (const [from, to] of moves)
    await tx
      .update(auditLog)
      .set({ position: to + far })
      .where(at(account, from));
  await tx
    .update(auditLog)
    .set({ position: sql`${auditLog.position} - ${far}` })
    .where(and(eq(auditLog.account, account), gt(auditLog.position, far)));
}

type Tampering = (tx: Executor, account: AccountId) => Promise<unknown>;

const tamperings: readonly [what: string, tampering: Tampering, says: RegExp][] = [
  [
    'an edit',
    (tx, account) =>
      tx
        .update(auditLog)
        .set({ body: { kind: 'endGrant' } })
        .where(at(account, 3)),
    /entry 3 is not what was written/,
  ],
  ['a deletion', (tx, account) => tx.delete(auditLog).where(at(account, 3)), /entry 3 is missing/],
  [
    'a swap',
    (tx, account) =>
      move(tx, account, [
        [3, 4],
        [4, 3],
      ]),
    /entry 3 is not what was written[^]*entry 4 is not what was written/,
  ],
  [
    'an insertion',
    async (tx, account) => {
      await move(tx, account, [
        [6, 7],
        [5, 6],
        [4, 5],
        [3, 4],
      ]);
      const [before] = await tx.select().from(auditLog).where(at(account, 2));
      const entry = { account, kind: 'order', effect: 'order/x', body: {}, at: new Date() } as const;
      const previousHash = before?.hash ?? '';
      const hash = auditHash(previousHash, 3, entry);
      await tx.insert(auditLog).values({ ...entry, position: 3, previousHash, hash });
    },
    /entry 4 is not what was written/,
  ],
  [
    'a truncation',
    (tx, account) => tx.delete(auditLog).where(and(eq(auditLog.account, account), gt(auditLog.position, 4))),
    /entry 6 was anchored \(anchor \d+\) and is gone/,
  ],
  [
    'the loss of a whole chain',
    (tx, account) => tx.delete(auditLog).where(eq(auditLog.account, account)),
    /entry 6 was anchored \(anchor \d+\) and is gone/,
  ],
  [
    'a rewriting',
    (tx, account) => rewriteChain(tx, account, 2),
    /entry 6 is not the entry that was anchored \(anchor \d+\)/,
  ],
];

describe('P-9 forbear audit-log verify', () => {
  it('says that all is as it was written, and how much that is', async () => {
    const account = await world.written(6);
    await world.anchor();
    await world.write(account, 2);
    const { code, out, err } = await world.verify(account);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/1 chains with 8 entries and \d+ anchors with 1 heads are as they were written/);
    expect((await world.run('verify', '--anchors', world.file)).code).toBe(0);
  });

  it.each(tamperings)('finds %s', async (_, tampering, says) => {
    const account = await world.written(6);
    await world.anchor();
    await world.tamper((tx) => tampering(tx, account));
    const { code, out, err } = await world.verify(account);
    expect([code, err]).toEqual([1, expect.stringMatching(/not as it was written: \d+ faults/)]);
    expect(out).toMatch(says);
    await world.tamper((tx) => tx.delete(auditLog).where(eq(auditLog.account, account)));
  });

  it('says without the file that it can’t tell of what is cut off', async () => {
    const account = await world.written(2);
    const { code, out } = await world.run('verify', '--account', account);
    expect([code, out]).toEqual([0, expect.stringContaining('give --anchors')]);
  });

  it('tells an account that was never anchored from one that was: a cut before the next anchor is not seen', async () => {
    const account = await world.written(3);
    await world.tamper((tx) => tx.delete(auditLog).where(at(account, 3)));
    expect((await world.verify(account)).code).toBe(0);
  });
});

describe('P-9 the anchors themselves', () => {
  let other: LogWorld;
  beforeAll(async () => {
    other = await startLogWorld('audit-anchors');
    for (let n = 0; n < 4; n += 1) {
      await other.written(2);
      await other.anchor();
    }
  });
  afterAll(() => other.end());

  const verify = (path = other.file) => other.run('verify', '--anchors', path);
  const linesOf = () => readFileSync(other.file, 'utf8').trimEnd().split('\n');
  async function verifyWith(lines: readonly string[]) {
    const path = `${other.file}.forged`;
    writeFileSync(path, `${lines.join('\n')}\n`);
    return verify(path);
  }

  it('are whole as they were written, and refuse every change', async () => {
    expect(await verify()).toMatchObject({
      code: 0,
      out: expect.stringContaining('4 anchors with 4 heads') as string,
    });
    for (const change of [
      other.db.update(auditAnchors).set({ hash: 'x' }),
      other.db.delete(auditAnchors),
      other.db.execute(sql`truncate audit_anchors`),
    ])
      await expect(change).rejects.toMatchObject({ cause: { code: '42501' } });
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a line that was taken out', (lines) => lines.toSpliced(1, 1), /anchor 2 is not in the file any more/],
    ['the last line, taken out', (lines) => lines.slice(0, -1), /anchor 4 is not in the file any more/],
    [
      'a head that was changed',
      (lines) => lines.map((line, n) => (n === 1 ? line.replace(/,2,"/, ',1,"') : line)),
      /anchor 2 is not what was written into the file/,
    ],
    [
      'a line that was broken',
      (lines) => lines.map((line, n) => (n === 1 ? line.slice(9) : line)),
      /anchor 2 can’t be read/,
    ],
  ])('show %s', async (_, forge, says) => {
    expect(await verifyWith(forge(linesOf()))).toMatchObject({
      code: 1,
      out: expect.stringMatching(says) as string,
    });
  });

  it('do not mind half a line of a power cut, when the whole one stands behind it', async () => {
    const [first = '', second = '', ...rest] = linesOf();
    expect((await verifyWith([first, second.slice(0, 30), second, ...rest])).code).toBe(0);
    expect((await verifyWith([first, second, ...rest, '{"seq":5,"at":'])).code).toBe(0);
  });

  it('show what was taken out of the database, and stop there until somebody has looked', async () => {
    await other.tamper((tx) => tx.delete(auditAnchors).where(gt(auditAnchors.seq, 2)));
    expect(await verify()).toMatchObject({
      code: 1,
      out: expect.stringMatching(/anchor 4 is in the file, and was taken out of the database/) as string,
    });
    await expect(other.anchor()).rejects.toMatchObject({ name: 'AnchorConflict' });
  });
});

describe('P-9 words of people in the log', () => {
  const rowsOf = (account: AccountId) =>
    world.db.select().from(auditLog).where(eq(auditLog.account, account)).orderBy(asc(auditLog.position));
  const erase = (account: AccountId) =>
    world.run('erase', '--account', account, '--reason', 'a request of Ada’s', '--by', 'Sam');

  it('stand beside it, under a salt that goes with them', async () => {
    const account = await world.written(2);
    expect(JSON.stringify(await rowsOf(account))).not.toMatch(/they called|Lovelace|a grant/);
    const kept = await world.db.select().from(auditWords).where(eq(auditWords.account, account));
    const salts = kept.map(({ words }) => (JSON.parse(words ?? '') as { salt: string }).salt);
    expect(new Set(salts).size).toBe(2);
    for (const salt of salts) expect(salt).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are erased without breaking the chain, and who did it stands there', async () => {
    const account = await world.written(3);
    await world.anchor();
    expect((await erase(account)).out).toContain('words of 3 entries');
    const kept = await world.db.select().from(auditWords).where(eq(auditWords.account, account));
    expect(JSON.stringify(kept)).not.toMatch(/they called|Lovelace/);
    const rows = await rowsOf(account);
    expect(rows.at(-1)).toMatchObject({
      position: 4,
      kind: 'note',
      body: { status: 'words_erased', entries: 3 },
    });
    expect(await world.verify(account)).toMatchObject({
      code: 0,
      out: expect.stringContaining('The words of 3 entries were erased') as string,
    });
    const exported = (await world.run('export', '--account', account, '--with-words')).out.trim().split('\n');
    const lines = exported.map((line) => JSON.parse(line) as { words: string | null });
    expect(lines.map(({ words }) => words === null)).toEqual([true, true, true, false]);
    expect(lines[3]?.words).toMatch(/"by":"Sam"[^]*a request of Ada’s/);
  });

  it('are not erased twice, and nothing is noted then', async () => {
    const account = await world.written(0);
    expect((await erase(account)).out).toContain('Nobody has said anything');
    expect(await rowsOf(account)).toEqual([]);
  });

  it.each<[string, Tampering, RegExp]>([
    [
      'words that were changed',
      (tx, account) =>
        tx.update(auditWords).set({ words: '{"by":"Eve"}' }).where(eq(auditWords.account, account)),
      /entry 1 has other words than were written/,
    ],
    [
      'words that were taken out',
      (tx, account) => tx.delete(auditWords).where(eq(auditWords.account, account)),
      /entry 1 has lost its words/,
    ],
    [
      'words that were erased behind everybody’s back',
      (tx, account) =>
        tx
          .update(auditWords)
          .set({ words: null, erasedAt: new Date() })
          .where(eq(auditWords.account, account)),
      /entry 2 has no words any more, and no entry says who erased them/,
    ],
  ])('show %s', async (_, tampering, says) => {
    const account = await world.written(2);
    await world.tamper((tx) => tampering(tx, account));
    expect(await world.verify(account)).toMatchObject({
      code: 1,
      out: expect.stringMatching(says) as string,
    });
    await world.tamper((tx) => tx.delete(auditLog).where(eq(auditLog.account, account)));
  });
});
