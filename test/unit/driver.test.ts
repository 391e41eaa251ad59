import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterEach, describe, expect, it } from 'vitest';

/** A connection of which a test is the server: what the driver writes, and when it ends. */
class Wire extends EventEmitter {
  readonly written: Buffer[] = [];
  readyState = 'open';
  connect() {
    setImmediate(() => this.emit('connect'));
  }
  write(bytes: Buffer) {
    this.written.push(Buffer.from(bytes));
    return true;
  }
  end() {}
  destroy() {}
  setKeepAlive() {}
}

const message = (type: string, body: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const ready = message('Z', Buffer.from('I'));
const inTransaction = message('Z', Buffer.from('T'));
const shutDown = message('E', Buffer.from('SFATAL\0C57P01\0Mshut down\0\0'));
const authenticated = message('R', Buffer.alloc(4));
const row = Buffer.concat([message('T', Buffer.from([0, 0])), message('D', Buffer.from([0, 0]))]);
const done = message('C', Buffer.from('SELECT 0\0'));

const clients: ReturnType<typeof postgres>[] = [];
afterEach(() => Promise.all(clients.splice(0).map((sql) => sql.end({ timeout: 0 }))));

function connectTo(wires: Wire[], { asksTypes = false } = {}) {
  const wire = () => {
    const next = new Wire();
    wires.push(next);
    return next;
  };
  const options = {
    max: 1,
    backoff: () => 0,
    fetch_types: asksTypes,
    host: 'wire',
    user: 'me',
    socket: wire,
  };
  const sql = postgres(options as unknown as postgres.Options<Record<string, never>>);
  clients.push(sql);
  return sql;
}

async function until(what: () => boolean) {
  for (let tries = 0; tries < 400 && !what(); tries += 1) await sleep(5);
  expect(what()).toBe(true);
}

/** A client with one query under way on a connection that stands. */
async function withQuery(wires: Wire[]) {
  const sql = connectTo(wires);
  const first = sql.unsafe('select').simple();
  const outcome = first.then(
    () => 'done',
    (error: unknown) => codeOf(error),
  );
  await until(() => wires[0]?.written.length === 1);
  wires[0]?.emit('data', Buffer.concat([authenticated, ready]));
  await until(() => wires[0]?.written.length === 2);
  return { sql, outcome };
}

/** Two queries, one after the other, on the second connection: each has the answer to just what it asked. */
async function expectAnswers(sql: ReturnType<typeof postgres>, wires: readonly Wire[]) {
  const [first, second] = [1, 2].map(() => sql.unsafe('select').simple().execute());
  await until(() => wires[1]?.written.length === 1);
  wires[1]?.emit('data', Buffer.concat([authenticated, ready]));
  for (const [n, query] of [first, second].entries()) {
    await until(() => wires[1]?.written.length === n + 2);
    wires[1]?.emit('data', Buffer.concat([done, ready]));
    expect([...((await query) ?? ['nothing'])]).toEqual([]);
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error);

const failureOf = (query: Promise<unknown>) =>
  query.then(
    () => 'done',
    (error: unknown) => codeOf(error),
  );

describe('P-2 EC-13 a driver whose server dies', () => {
  it('speaks on the next connection, also when a query waited for its turn on the one that died', async () => {
    const wires: Wire[] = [];
    const { sql, outcome } = await withQuery(wires);
    wires[0]?.emit('data', Buffer.concat([done, ready]));
    const second = failureOf(sql.unsafe('select').simple().execute());
    // In the same turn: it is asked, and not written yet.
    await Promise.resolve();
    wires[0]?.emit('close', false);
    expect([await outcome, await second]).toEqual(['done', 'CONNECTION_CLOSED']);
    void failureOf(sql.unsafe('select').simple().execute());
    await until(() => wires.length === 2);
    // Its first word is how it introduces itself, and nothing of what was left over.
    await until(() => wires[1]?.written.length === 1);
    expect(wires[1]?.written[0]?.subarray(4, 8).readInt32BE()).toBe(196_608);
  });

  it('refuses what a transaction wants after that, instead of ending the process', async () => {
    const wires: Wire[] = [];
    const sql = connectTo(wires);
    const asked: string[] = [];
    const transaction = failureOf(
      sql.begin(async (tx) => {
        asked.push(await failureOf(tx.unsafe('insert').simple()));
        asked.push(await failureOf(tx.unsafe('insert').simple()));
      }),
    );
    await until(() => wires[0]?.written.length === 1);
    wires[0]?.emit('data', Buffer.concat([authenticated, ready]));
    await until(() => wires[0]?.written.length === 2);
    wires[0]?.emit('data', Buffer.concat([done, inTransaction]));
    await until(() => wires[0]?.written.length === 3);
    wires[0]?.emit('close', false);
    expect(await transaction).toBe('CONNECTION_CLOSED');
    await until(() => asked.length === 2);
    expect(asked).toEqual(['CONNECTION_CLOSED', 'CONNECTION_CLOSED']);
    // And the place of that connection is not lost.
    await expectAnswers(sql, wires);
  });

  it('keeps who is still at work in a transaction that is gone away from the connection’s next one', async () => {
    const wires: Wire[] = [];
    const sql = connectTo(wires);
    let goOn: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (goOn = resolve));
    const asked: string[] = [];
    const transaction = failureOf(
      sql.begin(async (tx) => {
        await paused;
        asked.push(await failureOf(tx.unsafe('insert').simple()));
      }),
    );
    await until(() => wires[0]?.written.length === 1);
    wires[0]?.emit('data', Buffer.concat([authenticated, ready]));
    await until(() => wires[0]?.written.length === 2);
    wires[0]?.emit('data', Buffer.concat([done, inTransaction]));
    await Promise.resolve().then(() => sleep(5));
    wires[0]?.emit('close', false);
    expect(await transaction).toBe('CONNECTION_CLOSED');
    const other = sql.unsafe('select').simple().execute();
    await until(() => wires[1]?.written.length === 1);
    wires[1]?.emit('data', Buffer.concat([authenticated, ready]));
    await until(() => wires[1]?.written.length === 2);
    goOn();
    await until(() => asked.length === 1);
    expect(asked).toEqual(['CONNECTION_CLOSED']);
    wires[1]?.emit('data', Buffer.concat([done, ready]));
    expect([...(await other)]).toEqual([]);
    expect(Buffer.concat(wires[1]?.written ?? []).toString()).not.toContain('insert');
  });

  it('gives the answers of the next connection to who has asked there, and to nobody before him', async () => {
    const wires: Wire[] = [];
    const sql = connectTo(wires);
    const transaction = failureOf(sql.begin((tx) => tx.unsafe('insert').simple()));
    await until(() => wires[0]?.written.length === 1);
    wires[0]?.emit('data', Buffer.concat([authenticated, ready]));
    await until(() => wires[0]?.written.length === 2);
    wires[0]?.emit('data', Buffer.concat([done, inTransaction]));
    await until(() => wires[0]?.written.length === 3);
    wires[0]?.emit('error', new Error('reset'));
    // A rollback is asked of the connection that is going, and nobody answers it.
    await until(() => wires[0]?.written.length === 4);
    wires[0]?.emit('close', true);
    expect(await transaction).not.toBe('done');
    await expectAnswers(sql, wires);
  });

  it('tells nobody on the next connection that the last one was shut down', async () => {
    const wires: Wire[] = [];
    const { sql, outcome } = await withQuery(wires);
    wires[0]?.emit('data', Buffer.concat([row, shutDown]));
    wires[0]?.emit('close', false);
    expect(await outcome).toBe('CONNECTION_CLOSED');
    await expectAnswers(sql, wires);
  });

  it('goes on when it dies while a new connection asks for its types', async () => {
    const wires: Wire[] = [];
    const sql = connectTo(wires, { asksTypes: true });
    const asked = failureOf(sql.unsafe('select').simple().execute());
    await until(() => wires[0]?.written.length === 1);
    wires[0]?.emit('data', Buffer.concat([authenticated, ready]));
    await until(() => wires[0]?.written.length === 2);
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    wires[0]?.emit('error', new Error('reset'));
    wires[0]?.emit('close', true);
    expect(await asked).toContain('reset');
    await sleep(20);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
