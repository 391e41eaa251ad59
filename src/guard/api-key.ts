import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a key may be used for. */
export const keyScopes = [
  'access:read',
  'accounts:read',
  'accounts:write',
  'webhooks:write',
  'drills:write',
  'codec',
] as const;
export type KeyScope = (typeof keyScopes)[number];

/** What the app names in its requests: of a Stripe account that bills for real, or of a sandbox. */
export type KeyMode = 'live' | 'test';

const shape = /^fb_(?:live|test)_([\w-]{43})([0-9a-f]{8})$/;
const shownLetters = 'fb_live_'.length + 6;

// Whoever scans for leaked secrets can tell a real one from a string that only looks like one.
const checksumOf = (secret: string) => crc32(secret).toString(16).padStart(8, '0');

/** A new key: 256 bits at random, and a checksum over them. */
export function makeKey(mode: KeyMode): string {
  const secret = randomBytes(32).toString('base64url');
  return `fb_${mode}_${secret}${checksumOf(secret)}`;
}

/** Whether it can be a key of ours at all; asks nobody. */
export function isWellFormed(key: string): boolean {
  const [, secret, checksum] = shape.exec(key) ?? [];
  return secret !== undefined && checksumOf(secret) === checksum;
}

/** Under what a key is kept and looked up. A plain hash is enough: 256 random bits can't be guessed from it. */
export function hashOf(key: string): string {
  return hash('sha256', key);
}

/** As much of a key as people may see. */
export const prefixOf = (key: string) => key.slice(0, shownLetters);
