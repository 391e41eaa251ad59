import { describe, expect, it } from 'vitest';
import { sharedRead } from '../../../src/http/shared-read.js';

/** A read that is answered when the test says so, and a clock that goes when it is told to. */
function aRead(patienceMs = 10_000) {
  const asked: { resolve(value: number): void; reject(error: Error): void }[] = [];
  let now = 0;
  const read = sharedRead({
    read: () => new Promise<number>((resolve, reject) => asked.push({ resolve, reject })),
    keepMs: 5_000,
    patienceMs,
    nowMs: () => now,
  });
  return { read, asked, wait: (ms: number) => (now += ms) };
}

describe('a read that many share', () => {
  it('is made once for all who ask meanwhile, and serves for five seconds', async () => {
    const { read, asked, wait } = aRead();
    const answers = [read(), read(), read()];
    asked[0]!.resolve(1);
    expect(await Promise.all(answers)).toEqual([1, 1, 1]);
    wait(4_999);
    expect(await read()).toBe(1);
    expect(asked).toHaveLength(1);
    wait(1);
    const later = read();
    asked[1]!.resolve(2);
    expect(await later).toBe(2);
  });

  it('has no answer in time when it hangs, and no second one is begun beside it', async () => {
    const { read, asked } = aRead(20);
    await expect(read()).rejects.toThrow('no answer within 20 ms');
    await expect(read()).rejects.toThrow('no answer within 20 ms');
    expect(asked).toHaveLength(1);
    asked[0]!.resolve(1);
    expect(await read()).toBe(1);
  });

  it('is tried again after it failed, and is not taken for what was kept before', async () => {
    const { read, asked, wait } = aRead();
    const first = read();
    asked[0]!.resolve(1);
    await first;
    wait(5_000);
    const failing = read();
    asked[1]!.reject(new Error('gone'));
    await expect(failing).rejects.toThrow('gone');
    const again = read();
    asked[2]!.resolve(3);
    expect(await again).toBe(3);
  });
});
