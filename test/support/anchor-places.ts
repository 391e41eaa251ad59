import { expect, it } from 'vitest';
import type { AnchorPlace } from '../../src/ports/anchors.js';

const anchorOf = (seq: number, mark = 'a') => ({ seq, text: `{"seq":${seq},"mark":"${mark}"}` });

/** What every place for anchors holds to. `open` gives an empty one; a second one opened on it sees the same. */
export function placesKeepTheirWord(
  open: () => Promise<{ place: AnchorPlace; again: () => AnchorPlace }>,
): void {
  it('has nothing at first, then the newest anchor, word for word, also for who opens it anew', async () => {
    const { place, again } = await open();
    expect(await place.newestAfter(0)).toBeNull();
    for (const seq of [1, 2, 10]) await place.keep(anchorOf(seq));
    for (const one of [place, again()]) {
      expect(await one.newestAfter(0)).toEqual(anchorOf(10));
      expect(await one.newestAfter(9)).toEqual(anchorOf(10));
      expect(await one.newestAfter(10)).toBeNull();
    }
  });

  it('takes the same anchor twice for one', async () => {
    const { place, again } = await open();
    await place.keep(anchorOf(1));
    await again().keep(anchorOf(1));
    expect(await place.newestAfter(0)).toEqual(anchorOf(1));
  });

  it('refuses another anchor of a number that it has, and keeps the first', async () => {
    const { place } = await open();
    await place.keep(anchorOf(1));
    await expect(place.keep(anchorOf(1, 'b'))).rejects.toMatchObject({ name: 'AnchorConflict' });
    expect(await place.newestAfter(0)).toEqual(anchorOf(1));
  });
}
