import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentFor } from '../../../src/adapters/aws/kill-switch/document.js';
import { asAccountId } from '../../../src/domain/ids.js';
import { killerRights } from '../../support/iam-world.js';

type Policy = { Statement: { Effect: string; Action: string | string[] }[] };

const page = readFileSync('docs/kill-switch.md', 'utf8');
const policies = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => JSON.parse(text) as Policy);

describe('docs/kill-switch.md', () => {
  it('shows the policy that is written, to the letter', () => {
    const account = asAccountId('0b0f6d3e-6a57-4a4e-8f0c-2f6f3f9f7a11');
    const written = documentFor(account, 'role', Date.parse('2026-11-30T12:00:00Z'));
    expect(policies[0]).toEqual(JSON.parse(written));
  });

  it('gives the role that acts just the rights with which it is tested', () => {
    const allowed = policies[1]?.Statement.filter(({ Effect }) => Effect === 'Allow') ?? [];
    const rights = allowed.flatMap(({ Action }) => Action);
    // Only for who lets it take on the customers' roles.
    expect([...rights, 'sts:AssumeRole'].sort()).toEqual([...killerRights].sort());
  });
});
