/** All chance of a simulation: what is drawn from one seed is the same for ever. */
export type Dice = {
  /** From 0 to 1, 1 excluded. */
  next(): number;
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
};

/** Chance by the generator sfc32. `stream` tells apart what must not disturb each other under the same seed. */
export function diceOf(seed: number, stream = 0): Dice {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  // Neighbouring seeds begin alike; after some rounds they have nothing in common.
  for (let round = 0; round < 12; round += 1) draw();
  return {
    next: draw,
    chance: (probability) => draw() < probability,
    whole: (least, most) => least + Math.floor(draw() * (most - least + 1)),
    pick: (from) => from[Math.floor(draw() * from.length)] ?? from[0],
  };
}
