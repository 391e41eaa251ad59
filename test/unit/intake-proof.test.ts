import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Committed } from '../../src/db/queries/inbox.js';
import { checkout } from '../support/stack-folder.js';

it('EC-13 a proof that an event is durable can’t be written down by whoever likes: the compiler refuses it', () => {
  // @ts-expect-error: the mark of a proof is nobody's but that of the module that commits.
  const forged: Committed = { eventId: 'evt_1', duplicate: false };
  // @ts-expect-error: nor does what looks like one fit where a proof is asked for.
  const given = ((proof: Committed) => proof)({ eventId: 'evt_1', duplicate: false, isCommitted: true });
  expect([forged, given]).toHaveLength(2);
});

it('P-2 EC-13 the webhook has one place in which a 2xx is made, and it takes the proof', () => {
  const text = readFileSync(join(checkout, 'src/http/webhooks/stripe.ts'), 'utf8');
  expect(text.match(/\b20\d\b/g)).toEqual(['200', '200']);
  expect(text).toMatch(
    /function acknowledge\(c: Context, \{[^}]*\}: Committed,[^)]*\): Response \{\n.*, 200\);/,
  );
  expect(text).not.toMatch(/as Committed|: any\b/);
});
