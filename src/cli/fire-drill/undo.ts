import { writeFileSync } from 'node:fs';
import type { Db } from '../../db/client.js';
import type { DrillResult } from '../../db/queries/drill-lists.js';
import type { Order, OrderResult } from '../../dispatcher/orders.js';
import { asAccountId } from '../../domain/ids.js';
import { withDatabase, withTemporal } from '../environment.js';
import { atPace, sleep } from '../lift/pace.js';
import { CommandFailure, exitCodes, print, printJson } from '../output.js';
import { bytesOf } from './list.js';
import { readResult, resultText } from './result.js';

type Signature = { readonly reason: string; readonly by: string };
type Send = (account: { id: string; ref: string }, order: Order<'lift'>) => Promise<OrderResult>;

const pace = { perSecond: 20, atOnce: 50 };
const waitMs = 5 * 60_000;
const lookEveryMs = 250;

/** Gives back what a drill has taken, by its result: of each line that it has touched, and of no other. */
export async function undoDrill(
  file: string,
  signature: Signature,
  out: string,
  { json }: { readonly json?: boolean },
): Promise<void> {
  const rows = readResult(await bytesOf(file), file);
  const [{ drill } = { drill: '' }] = rows;
  const { readDrill, readResults } = await import('../../db/queries/drill-lists.js');
  const { createOrders } = await import('../../dispatcher/orders.js');
  await withDatabase(async (db) => {
    const known = await readDrill(db, drill);
    if (known === null) throw new CommandFailure('notFound', `no fire drill is "${drill}"`);
    if (known.endedAt === null)
      throw new CommandFailure('refused', `fire drill ${drill} is under way: --follow it to its end first`);
    const named = new Set(rows.map(({ line }) => line));
    const touched = (await readResults(db, drill)).filter(
      ({ line, status }) => named.has(line) && isTaken(status),
    );
    const undone = new Set<number>();
    await withTemporal(async (client) => {
      const orders = createOrders(client);
      const send: Send = ({ id, ref }, order) =>
        orders.send({ id: asAccountId(id), ref, name: ref }, order, { starts: true });
      await atPace(touched, pace, async (one) => {
        const why = await undoOne(db, drill, one, signature, send);
        if (why === null) undone.add(one.line);
        else if (!json) print(`line ${one.line}, ${one.ref ?? one.given}: ${why}`);
      });
    });
    const after = await readResults(db, drill);
    writeFileSync(out, resultText(drill, after), { flag: 'wx', mode: 0o600 });
    if (json) after.forEach((one) => printJson({ drill, ...one }));
    else print(`${undone.size} of ${touched.length} are given back. The result of each line is in ${out}.`);
    if (undone.size < touched.length) process.exitCode = exitCodes.failed;
  });
}

const isTaken = (status: DrillResult['status']) => status === 'done' || status === 'failed';

/** Why it could not be given back; `null`: it is. */
async function undoOne(
  db: Db,
  drill: string,
  { line, account, ref, given }: DrillResult,
  { by, reason }: Signature,
  send: Send,
): Promise<string | null> {
  if (account === null) return 'names no account';
  const { readRevocation } = await import('../../db/queries/revocations.js');
  const { heldByDrill, undoLine } = await import('../../db/queries/drills.js');
  const id = asAccountId(account);
  const state = () => readRevocation(db, id);
  // What a person has put in its place since then is not the drill's to give back.
  if ((await heldByDrill(db, drill, account)) === 'all') {
    const order = {
      kind: 'lift',
      id: `fire-drill/${drill}/${line}/undo`,
      input: { restriction: 'manual', by, reason },
    } as const;
    const sent = await send({ id: account, ref: ref ?? given }, order);
    if (sent.status === 'refused') return sent.why;
    const deadline = Date.now() + waitMs;
    while ((await state()).access !== null || (await state()).isAtWork) {
      if (Date.now() >= deadline) return 'not back yet: its case goes on with it';
      await sleep(lookEveryMs);
    }
  }
  await undoLine(db, drill, line, { by, reason });
  return null;
}
