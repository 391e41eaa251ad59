import { createSecretKey, type KeyObject } from 'node:crypto';

/** A key for payloads. It stays a `KeyObject`, which shows nothing of itself wherever it is printed. */
export type CodecKey = { readonly id: string; readonly secret: KeyObject };

/** The first one encodes; each of them decodes. */
export type CodecKeys = readonly [CodecKey, ...CodecKey[]];

const keyBytes = 32;
// Shorter than a key in base64: what stands in the place of an id can be named without naming a key.
const idShape = /^[A-Za-z0-9._-]{1,32}$/;

export type ReadKeys =
  | { readonly keys: CodecKeys; readonly mistakes: null }
  | { readonly keys: null; readonly mistakes: readonly string[] };

/** Reads `id:base64,id2:base64`. Tells every mistake, by the key's place or id, and nothing of a key. */
export function readKeys(text: string): ReadKeys {
  const read = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readKey);
  const mistakes = read.flatMap((one) => (typeof one === 'string' ? [one] : []));
  const keys = read.flatMap((one) => (typeof one === 'string' ? [] : [one]));
  const ids = keys.map(({ id }) => id);
  const twice = [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
  mistakes.push(...twice.map((id) => `the id ${id} is there twice`));
  const [first, ...others] = keys;
  if (first === undefined && mistakes.length === 0) mistakes.push('names no key');
  return mistakes.length > 0 || first === undefined
    ? { keys: null, mistakes }
    : { keys: [first, ...others], mistakes: null };
}

function readKey(part: string, at: number): CodecKey | string {
  const colon = part.indexOf(':');
  const id = part.slice(0, Math.max(0, colon));
  if (!idShape.test(id))
    return `key ${at + 1} is not written as id:base64, with an id of 1 to 32 letters, digits, dots, dashes or underscores`;
  const bytes = bytesOf(part.slice(colon + 1));
  if (bytes === null) return `the key ${id} is not base64`;
  if (bytes.length !== keyBytes)
    return `the key ${id} has ${bytes.length} bytes, not ${keyBytes}: \`openssl rand -base64 ${keyBytes}\` makes one`;
  return { id, secret: createSecretKey(bytes) };
}

/** `Buffer` skips what is no base64; a key that was cut or mistyped must not become another one. */
function bytesOf(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}
