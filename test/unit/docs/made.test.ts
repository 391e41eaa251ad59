import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldTable } from '../../../scripts/docs/policy-fields.js';
import { made, pages } from '../../../scripts/docs/pages.js';

describe('what the docs take from the code', () => {
  it.each(pages)('is in $path as npm run docs writes it', async (page) => {
    expect(readFileSync(page.path, 'utf8')).toBe(await made(page));
  });

  it('has two tables on the page of the Stripe fake: its operations, and its differences from Stripe', () => {
    expect(readFileSync('docs/stripe-fake.md', 'utf8').match(/<!-- table: \w+ -->/g)).toHaveLength(2);
  });

  it('is every field of a policy, once, with those in it', () => {
    const written = readFileSync('docs/policy.md', 'utf8');
    const listed = [...written.matchAll(/^\| `([\w.[\]]+)` +\|/gm)].map(([, path]) => path);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(
      expect.arrayContaining(['reminders[].after', 'calendar.blackouts[].to', 'segments[].when.plans']),
    );
    const all = fieldTable(['*'], []).match(/^\| `/gm) ?? [];
    expect(listed).toHaveLength(all.length);
  });

  it('is a table of just the fields that it is made for', () => {
    const [, , ...rows] = fieldTable(['dwell', 'limit'], []).split('\n');
    expect(rows.map((row) => row.split(' | ').slice(0, 3))).toEqual([
      ['| `dwell`', 'duration', '`1d`'],
      ['| `limit`', 'fields', '–'],
      ['| `limit.after`', 'duration', 'required'],
      ['| `limit.lead`', 'duration', '`0d`'],
    ]);
    expect(() => fieldTable(['dwel'], [])).toThrow('a policy has no field dwel');
  });
});
