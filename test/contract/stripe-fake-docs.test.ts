import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTables } from '../support/stripe-mock/docs.js';

const page = new URL('../../docs/stripe-fake.md', import.meta.url);

it('docs/stripe-fake.md names every operation of the fake and every difference from Stripe', async () => {
  const written = readFileSync(page, 'utf8');
  expect(written.match(/<!-- table: \w+ -->/g)).toHaveLength(2);
  await expect(withTables(written)).toMatchFileSnapshot(page.pathname);
});
