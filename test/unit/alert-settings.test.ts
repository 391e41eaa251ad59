import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readApiConfig } from '../../src/config.js';
import {
  readAlerts,
  readApproverSlack,
  readKillSwitches,
  readSessions,
  readTargets,
} from '../../src/forbear-file.js';

const folder = mkdtempSync(join(tmpdir(), 'forbear-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const env = {
  SLACK_URL: 'https://hooks.slack.com/services/T0/B0/hidden',
  PAGER_SECRET: `whsec_${'aGlkZGVu'.repeat(5)}`,
  SMTP_URL: 'smtp://me:hidden@mail.example:587',
  MAIL_FROM: 'forbear@host.example',
};
const slack = '  - { kind: slack, name: oncall, urlEnv: SLACK_URL, atLeast: page }\n';
const mail = '  - { kind: mail, name: team, to: [ops@host.example, ada@host.example] }\n';
const webhook =
  '  - { kind: webhook, name: pager, url: https://pager.example/in, secretEnv: PAGER_SECRET }\n';

function fileOf(text: string): string {
  const path = join(folder, `${crypto.randomUUID()}.yaml`);
  writeFileSync(path, text);
  return path;
}
const read = (alerts: string, given: Record<string, string> = env) =>
  readAlerts(fileOf(`targets: []\nalerts:\n${alerts}`), given);
function mistakeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('alerts in forbear.yaml', () => {
  it('name channels, with the secrets that the environment holds', () => {
    expect(read(slack + mail + webhook)).toEqual([
      { kind: 'slack', name: 'oncall', atLeast: 'page', url: env.SLACK_URL },
      {
        kind: 'mail',
        name: 'team',
        atLeast: 'warning',
        to: ['ops@host.example', 'ada@host.example'],
        smtpUrl: env.SMTP_URL,
        from: env.MAIL_FROM,
      },
      {
        kind: 'webhook',
        name: 'pager',
        atLeast: 'warning',
        url: 'https://pager.example/in',
        secret: env.PAGER_SECRET,
      },
    ]);
  });

  it('may be left out, and so may the file', () => {
    expect(readAlerts(fileOf('targets: []\n'), {})).toEqual([]);
    expect(readAlerts(undefined, {})).toEqual([]);
  });

  it('are read by the api, and the worker needs none of their secrets', () => {
    const path = fileOf(`targets: []\nalerts:\n${slack}`);
    const api = {
      DATABASE_URL: 'postgres://localhost/forbear',
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
      FORBEAR_CONFIG: path,
    };
    expect(readApiConfig({ ...api, SLACK_URL: env.SLACK_URL }).alerts).toHaveLength(1);
    expect(mistakeOf(() => readApiConfig(api))).toContain('SLACK_URL, which is not set');
    expect(readTargets(path, {})).toEqual([]);
  });

  it('are shown in the example as they are to be written', () => {
    const text = readFileSync('forbear.yaml', 'utf8').replaceAll(/: \[\]$/gm, ':');
    const example = fileOf(text.replaceAll(/^# {2}/gm, '  '));
    expect(readAlerts(example, env).map(({ kind }) => kind)).toEqual(['slack', 'mail', 'webhook']);
    const secrets = {
      PLATFORM_TOKEN: 'hidden',
      APP_DATABASE_URL: 'postgres://me:hidden@db/app',
      FORBEAR_KUBECONFIG: '/etc/forbear/kubeconfig',
      AWS_EU_EXTERNAL_ID: 'hidden-and-long',
      SESSIONS_REDIS_URL: 'redis://me:hidden@cache:6379',
      KILL_SWITCH_EXTERNAL_ID: 'hidden-and-long',
    };
    expect(readTargets(example, secrets).map(({ kind }) => kind)).toEqual([
      'http',
      'sql',
      'kubernetes',
      'aws',
    ]);
    expect(readSessions(example, secrets).map(({ kind }) => kind)).toEqual(['redis']);
    expect(readKillSwitches(example, secrets).map(({ name }) => name)).toEqual(['aws']);
    expect(readApproverSlack(example, { ZOE_SLACK_URL: 'https://hooks.slack.example/hidden' })).toHaveLength(
      1,
    );
  });

  it.each<[string, string, RegExp]>([
    ['two of one name', slack + slack, /alerts: each needs a name of its own/],
    ['the name of the log', slack.replace('oncall', 'log'), /alerts: the name log is taken/],
    ['a name in capitals', slack.replace('oncall', 'OnCall'), /alerts\.0\.name: use lower-case/],
    ['a kind that does not exist', slack.replace('slack', 'pigeon'), /alerts\.0\.kind/],
    ['a severity that does not exist', slack.replace('page', 'loud'), /alerts\.0\.atLeast/],
    ['an unknown field', slack.replace(' }', ', colour: red }'), /alerts\.0: .*"colour"/],
    ['a mail to nobody', mail.replace(/\[.*\]/, '[]'), /alerts\.0\.to: names nobody/],
    ['a mail to what is no address', mail.replace('ops@', 'ops '), /alerts\.0\.to\.0: must be an address/],
    ['a password in an address', webhook.replace('//', '//me:hidden@'), /alerts\.0\.url: holds no user/],
    ['what is no address', webhook.replace('https://', ''), /alerts\.0\.url: must be a URL/],
    ['a secret in the file', slack.replace('SLACK_URL', 'https://x/hidden'), /alerts\.0\.urlEnv: name the/],
  ])('are refused with their place and the remedy: %s', (_, alerts, sentence) => {
    const message = mistakeOf(() => read(alerts));
    expect(message).toMatch(sentence);
    expect(message).not.toContain('hidden');
  });

  it.each<[string, string, Record<string, string>, RegExp]>([
    ['no address of Slack', slack, { SLACK_URL: '' }, /alerts of oncall need SLACK_URL, which is not set$/],
    ['no URL', slack, { SLACK_URL: 'hidden' }, /need SLACK_URL: it must be a URL/],
    ['no secret', webhook, { PAGER_SECRET: '' }, /alerts of pager need PAGER_SECRET, which is not set$/],
    ['a secret of another kind', webhook, { PAGER_SECRET: 'hidden' }, /PAGER_SECRET: it must be whsec_ and/],
    ['no mail server', mail, { SMTP_URL: '' }, /alerts of team need SMTP_URL, which is not set$/],
    ['no sender', mail, { MAIL_FROM: '' }, /alerts of team need MAIL_FROM, which is not set$/],
  ])('say which setting they need, and show none: %s', (_, alerts, changes, sentence) => {
    const message = mistakeOf(() => read(alerts, { ...env, ...changes }));
    expect(message).toMatch(sentence);
    expect(message).not.toContain('hidden');
  });
});
