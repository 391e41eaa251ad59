import { joined } from './bytes.js';
import { localError, type ForbearError } from './errors.js';

export type Signed = {
  /** The bytes as they came. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** `webhook-id`, `webhook-timestamp`, `webhook-signature`: by their names in lower case. */
  readonly header: (name: string) => string | null | undefined;
};

const prefix = 'whsec_';
const mostSignatures = 10;

export type Secrets = readonly Uint8Array<ArrayBuffer>[];
export type SecretKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Throws a `TypeError`, without the secret in it, for one that is none. */
export function parseSecrets(secrets: readonly string[]): Secrets {
  if (secrets.length === 0)
    throw new TypeError('There is no secret: take the endpoint’s as Forbear showed it.');
  return secrets.map((secret) => {
    const bytes = secret.startsWith(prefix) ? bytesOf(secret.slice(prefix.length)) : null;
    if (bytes !== null && bytes.length >= 16) return bytes;
    throw new TypeError(
      'A secret is not whsec_ with base64 behind it: take the endpoint’s as Forbear showed it.',
    );
  });
}

export function importSecrets(secrets: Secrets): Promise<readonly SecretKey[]> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  return Promise.all(secrets.map((bytes) => crypto.subtle.importKey('raw', bytes, hmac, false, ['verify'])));
}

/**
 * Checks a delivery by Standard Webhooks: one of its signatures was made with one of the keys, at most `toleranceMs` from
 * `nowMs`. Throws `ForbearError` `bad_signature`, which names no secret.
 */
export async function checkSignature(
  { body, header }: Signed,
  keys: readonly SecretKey[],
  { nowMs, toleranceMs }: { readonly nowMs: number; readonly toleranceMs: number },
): Promise<void> {
  const id = header('webhook-id') ?? '';
  const timestamp = header('webhook-timestamp') ?? '';
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) throw unsigned('id or timestamp are missing');
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > toleranceMs)
    throw unsigned('it was signed at another time: look whether the clocks are right');
  const content = joined([new TextEncoder().encode(`${id}.${timestamp}.`), body]);
  // The runtime compares, in a time that tells nothing of where two signatures differ.
  for (const signature of signaturesIn(header('webhook-signature') ?? ''))
    for (const key of keys) if (await crypto.subtle.verify('HMAC', key, signature, content)) return;
  throw unsigned('no signature fits a secret: look whether it is this endpoint’s');
}

function signaturesIn(header: string): readonly Uint8Array<ArrayBuffer>[] {
  return header
    .split(' ', mostSignatures)
    .flatMap((entry) => (entry.startsWith('v1,') ? [bytesOf(entry.slice(3))] : []))
    .filter((bytes) => bytes !== null);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  } catch {
    return null;
  }
}

function unsigned(detail: string): ForbearError {
  return localError('bad_signature', 'The delivery is not signed by Forbear', detail);
}
