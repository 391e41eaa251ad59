import { describe, expect, it } from 'vitest';
import { BusyError, createBatcher, type BatcherOptions } from '../../src/http/webhooks/batcher.js';

type Write = { readonly items: readonly string[]; done(): void; fail(error: unknown): void };

/** A batcher whose writes are settled by the test, one after the other as they come. */
function aBatcher(changes: Partial<BatcherOptions<string, string>> = {}) {
  const writes: Write[] = [];
  const batcher = createBatcher<string, string>({
    write: (items) =>
      new Promise((resolve, reject) => {
        writes.push({ items, done: () => resolve(items.map((item) => `row of ${item}`)), fail: reject });
      }),
    isAboutItem: (error) => error instanceof RangeError,
    most: 3,
    mostWaiting: 5,
    patienceMs: 60_000,
    ...changes,
  });
  /** The so-manieth write, from 1 on, once it has begun. */
  const write = async (n: number): Promise<Write> => {
    for (let turn = 0; turn < 1_000; turn += 1) {
      const begun = writes[n - 1];
      if (begun !== undefined) return begun;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`write ${n} never began`);
  };
  const fates = (items: readonly string[]) => Promise.allSettled(items.map((item) => batcher.add(item)));
  return { batcher, writes, write, fates };
}

const values = (settled: readonly PromiseSettledResult<string>[]) =>
  settled.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));

describe('the batcher', () => {
  it('gives each who waits the result of his own item, in their order', async () => {
    const { fates, write } = aBatcher();
    const three = fates(['a', 'b', 'c']);
    const first = await write(1);
    expect(first.items).toEqual(['a', 'b', 'c']);
    first.done();
    expect(values(await three)).toEqual(['row of a', 'row of b', 'row of c']);
  });

  it('has one write in flight, and takes along with the next what came meanwhile, no more than fit', async () => {
    const { batcher, fates, write, writes } = aBatcher();
    const alone = batcher.add('a');
    const first = await write(1);
    const later = fates(['b', 'c', 'd', 'e']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toHaveLength(1);
    first.done();
    expect(await alone).toBe('row of a');
    const second = await write(2);
    expect(second.items).toEqual(['b', 'c', 'd']);
    second.done();
    const third = await write(3);
    expect(third.items).toEqual(['e']);
    third.done();
    expect(values(await later)).toEqual(['b', 'c', 'd', 'e'].map((item) => `row of ${item}`));
  });

  it('writes again, each alone, what failed for what one of them holds: only that one has failed', async () => {
    const { fates, write } = aBatcher();
    const three = fates(['a', 'bad', 'c']);
    (await write(1)).fail(new RangeError('too long'));
    for (const n of [2, 3, 4]) {
      const { items, done, fail } = await write(n);
      expect(items).toHaveLength(1);
      if (items[0] === 'bad') fail(new RangeError('too long'));
      else done();
    }
    expect(values(await three)).toEqual(['row of a', 'RangeError: too long', 'row of c']);
  });

  it('fails all of a batch when the database is gone, and goes on with the next', async () => {
    const { fates, write } = aBatcher();
    const two = fates(['a', 'b']);
    (await write(1)).fail(new Error('connection refused'));
    expect(values(await two)).toEqual(Array.from({ length: 2 }, () => 'Error: connection refused'));
    const next = fates(['c']);
    (await write(2)).done();
    expect(values(await next)).toEqual(['row of c']);
  });

  it('fails those whose write hangs, and lets the next one begin', async () => {
    const { fates, write } = aBatcher({ patienceMs: 20 });
    const hanging = fates(['a']);
    await write(1);
    expect(values(await hanging)[0]).toMatch(/no answer within 20 ms/);
    const next = fates(['b']);
    (await write(2)).done();
    expect(values(await next)).toEqual(['row of b']);
  });

  it('takes in no more than may wait, and takes in again once there is room', async () => {
    const { batcher, fates, write } = aBatcher();
    const alone = batcher.add('a');
    const first = await write(1);
    const waiting = fates(['b', 'c', 'd', 'e', 'f']);
    await expect(batcher.add('g')).rejects.toBeInstanceOf(BusyError);
    first.done();
    await alone;
    const second = await write(2);
    const late = batcher.add('h');
    second.done();
    (await write(3)).done();
    expect(await late).toBe('row of h');
    expect(values(await waiting)).toHaveLength(5);
  });

  it('rejects who has no result, rather than to let him believe that his item was written', async () => {
    const { fates } = aBatcher({ write: (items) => Promise.resolve(items.slice(1)) });
    expect(values(await fates(['a', 'b']))).toEqual(['b', 'Error: a write had fewer results than items']);
  });
});
