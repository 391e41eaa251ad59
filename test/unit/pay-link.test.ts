import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asAccountId } from '../../src/domain/ids.js';
import { hashOf, isWellFormed, makeKey, prefixOf } from '../../src/guard/api-key.js';
import { createPayLinks } from '../../src/guard/pay-link.js';

describe('a pay link’s token', () => {
  const links = createPayLinks('a secret of the tests, long enough to be one');

  it('names the account that it was signed for, the same one every time', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const account = asAccountId(id);
        expect(links.read(links.sign(account))).toBe(account);
        expect(links.sign(account)).toBe(links.sign(account));
        expect(links.sign(account)).toMatch(/^[\w-]{64}$/);
      }),
    );
  });

  it('opens nothing with any other letter in it, nor does any other text', () => {
    const token = links.sign(asAccountId('0a0b0c0d-0000-4000-8000-000000000001'));
    fc.assert(
      fc.property(
        fc.nat(token.length - 1),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'),
        (index, letter) => {
          const changed = token.slice(0, index) + letter + token.slice(index + 1);
          expect(links.read(changed)).toBe(changed === token ? '0a0b0c0d-0000-4000-8000-000000000001' : null);
        },
      ),
    );
    for (const text of ['', `${token}=`, ` ${token}`, `${token}AAAA`]) expect(links.read(text)).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => links.read(text) === null));
  });
});

describe('an API key', () => {
  it.each(['live', 'test'] as const)('of mode %s says so, has 256 random bits and a checksum', (mode) => {
    const keys = Array.from({ length: 50 }, () => makeKey(mode));
    expect(new Set(keys).size).toBe(50);
    for (const key of keys) {
      expect(key).toMatch(new RegExp(`^fb_${mode}_[\\w-]{43}[0-9a-f]{8}$`));
      expect(isWellFormed(key)).toBe(true);
      expect(hashOf(key)).toMatch(/^[0-9a-f]{64}$/);
      expect(key.startsWith(prefixOf(key))).toBe(true);
      expect(prefixOf(key).length).toBeLessThan(key.length / 3);
    }
  });

  it('is none with a letter that was mistyped', () => {
    const key = makeKey('live');
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: key.length - 1 }),
        fc.constantFrom('a', 'b', 'y', 'z', '0', '9'),
        (index, letter) => {
          const changed = key.slice(0, index) + letter + key.slice(index + 1);
          expect(isWellFormed(changed)).toBe(changed === key);
        },
      ),
    );
  });
});
