import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../src/db/payload.js';
import { stripeEvent } from '../support/stack-events.js';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the text of an event', () => {
  it('is read as it came, byte by byte, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2_000 }), fc.json().map(bytes)), (payload) => {
        expect(Buffer.from(unpack(pack(payload))).equals(payload)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is read where it was kept as plain text, or deflated without words', () => {
    const text = bytes(JSON.stringify(stripeEvent()));
    expect(unpack(text)).toEqual(text);
    expect(new Uint8Array(unpack(deflateSync(text)))).toEqual(text);
  });

  it('takes much less room with the words that all events share', () => {
    const text = bytes(JSON.stringify(stripeEvent()));
    expect(pack(text).length).toBeLessThan(deflateSync(text).length * 0.7);
  });

  it('is deflated with words that never change: what is kept could not be read any more', () => {
    // The checksum of the words, as zlib writes it behind its own header of two bytes.
    expect(Buffer.from(pack(bytes('{}'))).toString('hex', 2, 6)).toBe('0822132f');
  });
});
