import { createHash } from 'node:crypto';
import type { Instant } from '../../domain/time.js';

/** `until`: from then on the secret counts no more; `null`: it has no end. */
export type WebhookSecret = { readonly secret: string; readonly until: Instant | null };

export const countsAt = ({ until }: Pick<WebhookSecret, 'until'>, now: Instant): boolean =>
  until === null || now < until;

/** How a secret is called where it must not be shown: the first letters of its SHA-256. */
export const fingerprintOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 8);
