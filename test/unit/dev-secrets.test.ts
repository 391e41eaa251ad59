import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrMakeSecrets } from '../../src/dev/secrets.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forbear-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the secrets of a stack', () => {
  it('are made once, long enough, and kept from others', () => {
    const made = readOrMakeSecrets(folder);
    expect(readOrMakeSecrets(folder)).toEqual(made);
    expect(made.linkSecret.length).toBeGreaterThanOrEqual(32);
    expect(new Set(Object.values(made)).size).toBe(Object.keys(made).length);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0);
  });

  it('stay as they are when a newer version needs one more: the data was written under them', () => {
    const { linkSecret, ...older } = readOrMakeSecrets(folder);
    writeFileSync(join(folder, 'secrets.json'), JSON.stringify(older));
    const whole = readOrMakeSecrets(folder);
    expect(whole).toEqual({ ...older, linkSecret: whole.linkSecret });
    expect(whole.linkSecret).not.toBe(linkSecret);
    expect(JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8'))).toEqual(whole);
  });

  it('are made anew when the file is not whole', () => {
    writeFileSync(join(folder, 'secrets.json'), '{"postgresPass');
    expect(readOrMakeSecrets(folder).linkSecret).toBeTruthy();
  });
});
