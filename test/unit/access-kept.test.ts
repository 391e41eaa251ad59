import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBatches, Failed } from '../../src/http/access/batches.js';
import { createKept } from '../../src/http/access/kept.js';

const valueOf = (owner: string, expiresAt = Infinity) => ({ owner, expiresAt });

describe('what is kept', () => {
  it('is found by each of the names under which it was put, and gone under all of them at once', () => {
    const kept = createKept(10);
    kept.put('a', valueOf('a'));
    kept.put('ref:a', valueOf('a'));
    const newest = valueOf('a');
    kept.put('cus_a', newest);
    for (const name of ['a', 'ref:a', 'cus_a']) expect(kept.get(name, 0)).toBe(newest);
    kept.drop('a');
    for (const name of ['a', 'ref:a', 'cus_a']) expect(kept.get(name, 0)).toBeUndefined();
  });

  it('is never more than the limit, and what was asked for longest ago goes first', () => {
    const kept = createKept(3);
    for (const owner of ['a', 'b', 'c']) kept.put(`ref:${owner}`, valueOf(owner));
    kept.get('ref:a', 0);
    kept.put('d', valueOf('d'));
    expect(kept.size()).toBe(3);
    expect(kept.get('ref:b', 0)).toBeUndefined();
    for (const name of ['ref:a', 'ref:c', 'd']) expect(kept.get(name, 0)).toBeDefined();
  });

  it('is nothing under a limit of none', () => {
    const kept = createKept(0);
    kept.put('a', valueOf('a'));
    expect(kept.get('a', 0)).toBeUndefined();
  });

  it('ends at its instant', () => {
    const kept = createKept(3);
    kept.put('a', valueOf('a', 100));
    expect(kept.get('a', 99)).toBeDefined();
    expect(kept.get('a', 100)).toBeUndefined();
    expect(kept.size()).toBe(0);
  });
});

describe('reads in batches', () => {
  /** A database that answers when told to. */
  function createSlow(answers: ReadonlyMap<string, string | Failed>) {
    const asked: string[][] = [];
    const answer: (() => void)[] = [];
    const read = (names: readonly string[]) =>
      new Promise<typeof answers>((resolve, reject) => {
        asked.push([...names]);
        answer.push(() => (names.includes('down') ? reject(new Error('refused')) : resolve(answers)));
      });
    return { asked, read, answer: () => answer.shift()?.() };
  }

  it('go out together, one at a time, each with what was asked for before it began', async () => {
    const slow = createSlow(new Map([['a', 'A']]));
    const fetch = createBatches(slow.read);
    const first = [fetch('a'), fetch('b'), fetch('a')];
    await turn();
    const second = [fetch('a'), fetch('c')];
    await turn();
    expect(slow.asked).toEqual([['a', 'b']]);
    slow.answer();
    expect(await Promise.all(first)).toEqual(['A', undefined, 'A']);
    expect(slow.asked).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
    slow.answer();
    expect(await Promise.all(second)).toEqual(['A', undefined]);
  });

  it('that fail reject those who asked, and the next goes out all the same', async () => {
    const slow = createSlow(new Map([['a', 'A']]));
    const fetch = createBatches(slow.read);
    const failed = [fetch('down'), fetch('a')];
    await turn();
    const later = fetch('a');
    slow.answer();
    for (const each of failed) await expect(each).rejects.toThrow('does not answer');
    slow.answer();
    expect(await later).toBe('A');
  });

  it('in which one alone could not be made reject that one', async () => {
    const slow = createSlow(
      new Map<string, string | Failed>([
        ['a', 'A'],
        ['b', new Failed(new Error('odd'))],
      ]),
    );
    const fetch = createBatches(slow.read);
    const [good, bad] = [fetch('a'), fetch('b')];
    await turn();
    slow.answer();
    await expect(bad).rejects.toThrow('odd');
    expect(await good).toBe('A');
  });

  it('refuse more than can wait, instead of keeping them', async () => {
    const slow = createSlow(new Map([['a', 'A']]));
    const fetch = createBatches(slow.read);
    const waiting = Array.from({ length: 10_000 }, () => fetch('a'));
    await expect(fetch('a')).rejects.toThrow('too many');
    for (let batches = 0; batches < 20; batches += 1) {
      await turn();
      slow.answer();
    }
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['A']));
    expect(slow.asked).toHaveLength(20);
  });
});
