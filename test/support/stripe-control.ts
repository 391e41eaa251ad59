import { expect } from 'vitest';
import type { StripeFake } from '../../src/stripe-fake/server.js';

/** Asks of the Stripe fake what Stripe's own API can't be asked for. */
export async function controlFake(
  { key, base }: Pick<StripeFake, 'key' | 'base'>,
  path: string,
  body: unknown,
): Promise<unknown> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const response = await fetch(`${base}/_fake${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return response.json();
}
