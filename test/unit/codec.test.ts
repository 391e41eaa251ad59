import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Payload } from '@temporalio/common';
import {
  encodeErrorToFailure,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/data-converter-helpers.js';
import { describe, expect, it } from 'vitest';
import { dataConverterOf } from '../../src/codec/data-converter.js';
import { readKeys, type CodecKeys } from '../../src/codec/keys.js';
import { createPayloadCodec } from '../../src/codec/payload-codec.js';

const secretOf = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const keysOf = (...words: string[]): CodecKeys => {
  const { keys, mistakes } = readKeys(words.join(','));
  if (keys === null) throw new Error(mistakes.join());
  return keys;
};
const [one, two] = [`k1:${secretOf(1)}`, `k2:${secretOf(2)}`];

const payload = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain'), type: Buffer.from('ü') },
  data: Buffer.from(JSON.stringify(text)),
});
const textOf = ({ data }: Payload) => JSON.parse(Buffer.from(data ?? []).toString()) as string;
const only = (payloads: Payload[]): Payload => {
  expect(payloads).toHaveLength(1);
  return payloads[0] as Payload;
};
const encode = async (keys: CodecKeys, text: string) =>
  only(await createPayloadCodec(keys).encode([payload(text)]));
const decode = async (keys: CodecKeys, sealed: Payload) =>
  only(await createPayloadCodec(keys).decode([sealed]));

describe('the payload codec', () => {
  it('gives back what it was given, byte for byte, and shows nothing of it', async () => {
    const keys = keysOf(one);
    const sealed = await encode(keys, 'Jane Doe');
    expect(Buffer.from(sealed.data ?? []).toString('latin1')).not.toMatch(/Jane|json/);
    expect(Object.fromEntries(Object.entries(sealed.metadata ?? {}).map(([k, v]) => [k, String(v)]))).toEqual(
      {
        encoding: 'binary/encrypted',
        'encryption-key-id': 'k1',
      },
    );
    const opened = await decode(keys, sealed);
    expect(textOf(opened)).toBe('Jane Doe');
    expect(opened.metadata).toEqual(payload('').metadata);
    const empty = only(await createPayloadCodec(keys).encode([{}]));
    expect(await decode(keys, empty)).toEqual({ metadata: {}, data: Buffer.alloc(0) });
  });

  it('makes another text of the same words every time', async () => {
    const keys = keysOf(one);
    const texts = await Promise.all([1, 2, 3].map(async () => (await encode(keys, 'same')).data?.toString()));
    expect(new Set(texts).size).toBe(3);
  });

  it('encodes with the first key and decodes with any: so keys are rotated while cases sleep', async () => {
    const old = await encode(keysOf(one), 'from before');
    const rotated = keysOf(two, one);
    expect(textOf(await decode(rotated, old))).toBe('from before');
    const renewed = await encode(rotated, 'from now');
    expect(String(renewed.metadata?.['encryption-key-id'])).toBe('k2');
    expect(textOf(await decode(keysOf(one, two), renewed))).toBe('from now');
  });

  it('names the key that is missing, and only its id', async () => {
    const sealed = await encode(keysOf(two), 'x');
    await expect(decode(keysOf(one), sealed)).rejects.toThrow(
      '"k2" is not there: add it to FORBEAR_CODEC_KEYS',
    );
    const odd = { ...sealed, metadata: { ...sealed.metadata, 'encryption-key-id': Buffer.from('<b>\n') } };
    await expect(decode(keysOf(one), odd as Payload)).rejects.toThrow('"?b??" is not there');
  });

  it('lets through what was never encrypted, as in cases that began before', async () => {
    const plain = payload('plain');
    expect(await decode(keysOf(one), plain)).toBe(plain);
    expect(await decode(keysOf(one), {})).toEqual({});
  });

  it('refuses what was changed, cut, or said to be under another key', async () => {
    const keys = keysOf(one, `k2:${secretOf(1)}`);
    const sealed = await encode(keys, 'x');
    const bytes = Buffer.from(sealed.data ?? []);
    const flipped = bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte));
    const renamed = { ...sealed, metadata: { ...sealed.metadata, 'encryption-key-id': Buffer.from('k2') } };
    const others = [flipped, bytes.subarray(0, -1), bytes.subarray(0, 10), Buffer.alloc(0)];
    for (const wrong of [renamed as Payload, ...others.map((data) => ({ ...sealed, data }))])
      await expect(decode(keys, wrong)).rejects.toThrow(/"k[12]" does not open this payload/);
  });

  it('is not there without keys', () => {
    expect(dataConverterOf(null)).toEqual({});
  });

  it('encrypts messages and stacks of failures, of their causes too', async () => {
    const converter = loadDataConverter(dataConverterOf(keysOf(one)).dataConverter);
    const error = new Error('secret words', { cause: new Error('more words') });
    const failure = await encodeErrorToFailure(converter, error, undefined);
    expect([failure.message, failure.stackTrace, failure.cause?.message]).toEqual([
      'Encoded failure',
      '',
      'Encoded failure',
    ]);
    expect(JSON.stringify(failure)).not.toContain('words');
    const back = await decodeOptionalFailureToOptionalError(converter, failure, undefined);
    expect([back?.message, (back?.cause as Error).message]).toEqual(['secret words', 'more words']);
    expect(back?.stack).toContain('codec.test');
  });
});

describe('its keys', () => {
  it('are written as id:base64, the one that encodes first', () => {
    expect(keysOf(` ${one} `, two).map(({ id }) => id)).toEqual(['k1', 'k2']);
  });

  it.each([
    ['', /^names no key$/],
    [secretOf(1), /^key 1 is not written as id:base64/],
    [`${secretOf(1)}:k1`, /^key 1 is not written as id:base64/],
    ['k1:', /^the key k1 is not base64$/],
    [`k1:${secretOf(1).slice(2)}!`, /^the key k1 is not base64$/],
    [
      `k1:${randomBytes(16).toString('base64')}`,
      /^the key k1 has 16 bytes, not 32: `openssl rand -base64 32`/,
    ],
    [`${one},k1:${secretOf(2)}`, /^the id k1 is there twice$/],
    [`oops,k1:AA==,${two}`, /^key 1 is not .*; the key k1 has 1 bytes/],
  ])('are refused with every mistake and without any key: %s', (text, says) => {
    const { mistakes } = readKeys(text);
    expect(mistakes?.join('; ')).toMatch(says);
    for (const secret of text.match(/[\w+/]{22,}/g) ?? []) expect(mistakes?.join()).not.toContain(secret);
  });

  it('show nothing of themselves when they are printed', () => {
    const printed = inspect(keysOf(one), { depth: 9 }) + JSON.stringify(keysOf(one));
    expect(printed).toContain('k1');
    expect(printed).not.toContain(secretOf(1).slice(0, 20));
  });
});
