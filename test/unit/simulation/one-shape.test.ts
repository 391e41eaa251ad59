import { describe, expect, it } from 'vitest';
import { copierOf } from '../../simulation/one-shape.js';

describe('a copy that keeps its shape', () => {
  const copy = copierOf<{ a: unknown; b: unknown; c?: unknown }>({ a: 1, b: null });

  it('has the fields of the object, in the order of the model', () => {
    const one = { b: 'x', a: [2] };
    expect(JSON.stringify(copy(one))).toBe('{"a":[2],"b":"x"}');
    expect(copy(one)).not.toBe(one);
  });

  it('loses nothing of an object that has more', () => {
    expect(copy({ a: 1, b: 2, c: 3 })).toEqual({ a: 1, b: 2, c: 3 });
  });
});
