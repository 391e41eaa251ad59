import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readApproverSlack } from '../../src/forbear-file.js';

const folder = mkdtempSync(join(tmpdir(), 'forbear-approver-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const slackUrl = 'https://hooks.slack.example/services/T0/B0/hidden';
const zoe = { address: 'zoe@example.com', slackUrlEnv: 'ZOE_SLACK_URL' };

function read(approvers: unknown, env: Record<string, string> = { ZOE_SLACK_URL: slackUrl }) {
  const path = join(folder, 'forbear.yaml');
  writeFileSync(path, JSON.stringify({ targets: [], approvers }));
  return readApproverSlack(path, env);
}

describe('the approvers in forbear.yaml', () => {
  it('are asked in Slack by the address that the environment holds, and nobody is without a word', () => {
    expect(readApproverSlack(undefined, {})).toEqual([]);
    expect(read(undefined)).toEqual([]);
    expect(read([zoe])).toEqual([{ address: 'zoe@example.com', slackUrl }]);
  });

  it.each([
    [[{ ...zoe, address: 'zoe' }], {}, 'must be an address such as'],
    [[{ ...zoe, slackUrlEnv: slackUrl }], {}, 'name the environment variable'],
    [[zoe, { ...zoe, address: 'Zoe@Example.com' }], { ZOE_SLACK_URL: slackUrl }, 'names somebody twice'],
    [[zoe], {}, 'messages to zoe@example.com need ZOE_SLACK_URL, which is not set'],
    [[zoe], { ZOE_SLACK_URL: 'hooks.slack.example/hidden' }, 'ZOE_SLACK_URL: it'],
  ] as const)('%o are refused with a sentence that shows no secret', (approvers, env, says) => {
    expect(() => read(approvers, env)).toThrow(says);
    expect(() => read(approvers, env)).not.toThrow('hidden');
  });
});
