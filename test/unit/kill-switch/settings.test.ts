import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config-parts.js';
import { readKillSwitchConfig } from '../../../src/config-kill-switch.js';
import { readKillSwitches } from '../../../src/forbear-file.js';

const folder = mkdtempSync(join(tmpdir(), 'forbear-kill-switch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'forbear.yaml');

const entry = {
  name: 'aws',
  region: 'eu-central-1',
  protected: ['arn:aws:iam::123456789012:role/break-glass'],
};

function readWith(changes: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  writeFileSync(file, JSON.stringify({ targets: [], killSwitch: [{ ...entry, ...changes }] }));
  return readKillSwitches(file, env);
}

function mistakeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the settings of the kill switch', () => {
  it('need a name, a region and somebody who is protected; the rest has a usual value', () => {
    expect(readWith({})).toEqual([
      {
        ...entry,
        ...{ tag: 'forbear:account', most: 50, settleMs: 60_000, verifyAsRoles: false },
        ...{ role: null, probes: [] },
      },
    ]);
    expect(readKillSwitches(undefined, {})).toEqual([]);
  });

  it('take the external id and the keys to verify with from the environment', () => {
    const named = {
      role: 'arn:aws:iam::123456789012:role/forbear-kill-switch',
      externalIdEnv: 'EXTERNAL_ID',
      verifyWithEnv: 'PROBES',
    };
    const env = {
      EXTERNAL_ID: 'acme-platform',
      PROBES: 'AKIAAAAAAAAAAAAAAAAA:s/1+ ASIABBBBBBBBBBBBBBBB:s2:t=',
    };
    expect(readWith(named, env)).toMatchObject([
      {
        role: { arn: named.role, externalId: 'acme-platform' },
        probes: [
          { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 's/1+' },
          { accessKeyId: 'ASIABBBBBBBBBBBBBBBB', secretAccessKey: 's2', sessionToken: 't=' },
        ],
      },
    ]);
    // Keys of customers are there for a drill; without them the rest works.
    expect(readWith(named, { EXTERNAL_ID: 'acme-platform' })).toMatchObject([{ probes: [] }]);
    expect(mistakeOf(() => readWith(named))).toMatch(/EXTERNAL_ID, which is not set/);
  });

  it('show no secret when one is not right', () => {
    const read = () => readWith({ verifyWithEnv: 'PROBES' }, { PROBES: 'a-secret-without-its-id' });
    expect(mistakeOf(read)).toMatch(/PROBES holds id:secret/);
    expect(mistakeOf(read)).not.toContain('a-secret');
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['nobody is protected', { protected: [] }, /at least one break-glass role/],
    [
      'a pattern is protected',
      { protected: ['arn:aws:iam::123456789012:role/*'] },
      /ARN of one user or role/,
    ],
    [
      'the root user is protected',
      { protected: ['arn:aws:iam::123456789012:root'] },
      /ARN of one user or role/,
    ],
    ['a key is misspelt', { protect: [] }, /protect/],
    ['nobody may be denied', { most: 0 }, /most/],
    ['there is no bound', { most: 100_000 }, /most/],
    ['the region is none', { region: 'Frankfurt' }, /must be a region/],
    ['the role is none', { role: 'forbear' }, /ARN of one user or role/],
    ['an external id is for no role', { externalIdEnv: 'EXTERNAL_ID' }, /name both, or neither/],
    ['a role has no external id', { role: entry.protected[0] }, /name both, or neither/],
    ['the tag is a pattern', { tag: 'forbear:*' }, /no key of a tag/],
  ])('KS-1 are refused where %s', (_, changes, text) => {
    expect(mistakeOf(() => readWith(changes))).toMatch(text);
  });

  it('are refused where two have one name', () => {
    writeFileSync(file, JSON.stringify({ targets: [], killSwitch: [entry, entry] }));
    expect(mistakeOf(() => readKillSwitches(file, {}))).toMatch(/a name of its own/);
  });

  it('P-7 hold it back until a person says otherwise, as a worker is held', () => {
    expect(readKillSwitchConfig({}).guard).toMatchObject({ mode: 'observe', frozen: false });
    const freeze = join(folder, 'freeze');
    const { guard } = readKillSwitchConfig({ FORBEAR_MODE: 'enforce', FORBEAR_FREEZE_FILE: freeze });
    expect([guard.mode, guard.isFrozenByFile()]).toEqual(['enforce', false]);
    writeFileSync(freeze, '');
    expect(guard.isFrozenByFile()).toBe(true);
  });
});
