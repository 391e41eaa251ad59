import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.js';

/** The newest entry of a chain: account, position, hash. A list, because an anchor has thousands. */
const head = z.tuple([z.uuid(), z.int().positive(), z.string()]);
export type Head = z.infer<typeof head>;

const shape = z.strictObject({
  seq: z.int().positive(),
  at: z.iso.datetime(),
  /** Every entry of the log up to this `seq` of the table is in a chain whose head is here, or in an anchor before. */
  upTo: z.int().nonnegative(),
  heads: z.array(head),
  previousHash: z.string(),
  hash: z.string(),
});

/** The heads of all chains that grew since the anchor before. */
export type Anchor = z.infer<typeof shape>;

/** An anchor behind another, with its hash. Pure. */
export function anchorAfter(previousHash: string, content: Omit<Anchor, 'previousHash' | 'hash'>): Anchor {
  return { ...content, previousHash, hash: hashOf(previousHash, content) };
}

function hashOf(previousHash: string, { seq, at, upTo, heads }: Omit<Anchor, 'previousHash' | 'hash'>) {
  const content = canonicalJson({ seq, at, upTo, heads });
  return createHash('sha256').update(previousHash).update(content).digest('hex');
}

/** Whether an anchor says what was written: its hash fits. Pure. */
export const isIntact = (anchor: Anchor) => hashOf(anchor.previousHash, anchor) === anchor.hash;

/** An anchor on one line, its number first. */
export function anchorText({ seq, at, upTo, heads, previousHash, hash }: Anchor): string {
  return JSON.stringify({ seq, at, upTo, heads, previousHash, hash });
}

/** The anchor of a line; `null` when it is none. */
export function parseAnchor(text: string): Anchor | null {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
