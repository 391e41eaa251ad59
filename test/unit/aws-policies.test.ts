import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  actionsIn,
  dangerous,
  lockDocument,
  policyFor,
  standingDenial,
  trustFor,
  type Needs,
} from '../../src/adapters/aws/policies.js';
import { serviceNames } from '../../src/adapters/aws/settings.js';
import { ConfigError } from '../../src/config-parts.js';
import { targetEntries, targetOf } from '../../src/target-settings.js';

const page = readFileSync('docs/targets/aws.md', 'utf8');
const documented = (name: string): unknown =>
  JSON.parse(new RegExp(`\`\`\`json ${name}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? 'null');
const yaml = /```yaml forbear\.yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const entries = () => (parse(yaml) as { targets: Record<string, unknown>[] }).targets;

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const all: Omit<Needs, 'roleArn'> = {
  services: serviceNames,
  tag: 'forbear:account',
  bindsPrincipals: true,
  deletable: ['ec2-instance', 'rds-instance'],
};

describe('the ready policies for AWS', () => {
  it('stand in the docs as the code makes them', () => {
    const spared = ['forbear-pause', 'forbear-decommission', 'break-glass'].map(role);
    expect(documented('pause')).toEqual(policyFor('pause', { ...all, roleArn: role('forbear-pause') }));
    expect(documented('decommission')).toEqual(
      policyFor('decommission', { ...all, roleArn: role('forbear-decommission') }),
    );
    expect(documented('standing-denial')).toEqual(standingDenial(spared));
    expect(documented('forbear-lock')).toEqual(lockDocument());
    expect(documented('trust')).toEqual(
      trustFor('arn:aws:iam::999999999999:role/forbear', 'what AWS_EU_EXTERNAL_ID holds'),
    );
  });

  it('let the role that pauses neither delete anything nor give anybody rights, but for the lock', () => {
    const pause = { ...all, bindsPrincipals: false, roleArn: role('p') };
    expect(actionsIn(policyFor('pause', pause)).filter((action) => dangerous.includes(action))).toEqual([]);
    const binding = actionsIn(policyFor('pause', { ...pause, bindsPrincipals: true }));
    expect(binding.filter((action) => dangerous.includes(action))).toEqual([
      ...['iam:PutRolePolicy', 'iam:PutUserPolicy'],
    ]);
  });

  it('ask for nothing of a service that is not named', () => {
    const one = (service: (typeof serviceNames)[number]) =>
      policyFor('pause', {
        ...all,
        services: [service],
        bindsPrincipals: false,
        deletable: [],
        roleArn: role('p'),
      });
    for (const service of serviceNames) {
      const others = actionsIn(one(service)).filter((action) => !action.startsWith(`${service}:`));
      expect(others).toEqual(['iam:SimulatePrincipalPolicy']);
    }
  });

  it('change nothing that carries no account’s tag', () => {
    const { Statement } = policyFor('pause', { ...all, roleArn: role('p') });
    const changing = Statement.filter(({ Sid }) => !/^(Look|AskWhat|ShutBuckets|ArchiveDatabases)/.test(Sid));
    expect(changing.map(({ Sid }) => Sid)).toEqual(['SwitchOffAndOn', 'Mark', 'BindCustomers']);
    for (const { Condition } of changing)
      expect(Condition).toMatchObject({ Null: { 'aws:ResourceTag/forbear:account': 'false' } });
  });

  it('name the partition of their own role', () => {
    const china = { ...all, roleArn: 'arn:aws-cn:iam::123456789012:role/p' };
    expect(JSON.stringify(policyFor('pause', china))).not.toContain('arn:aws:');
    expect(JSON.stringify(policyFor('decommission', china))).not.toContain('arn:aws:');
  });
});

describe('an AWS account in forbear.yaml', () => {
  const mistakes = (changes: object) => {
    const parsed = targetEntries.safeParse([{ ...entries()[0], ...changes }]);
    return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.slice(1).join('.'));
  };

  it('is as the docs show it, with its external id from the environment', () => {
    const [entry] = targetEntries.parse(entries());
    const config = targetOf(entry!, { AWS_EU_EXTERNAL_ID: 'a-long-random-word' }, 'the page');
    expect(config).toMatchObject({ kind: 'aws', tag: 'forbear:account', externalId: 'a-long-random-word' });
    const wrong = () => targetOf(entry!, { AWS_EU_EXTERNAL_ID: 'no spaces' }, 'the page');
    expect(wrong).toThrow(ConfigError);
    expect(wrong).not.toThrow(/no spaces/);
  });

  it.each([
    ['one role for both', { roles: { pause: role('a'), decommission: role('a') } }, 'roles'],
    ['no role', { roles: { pause: 'forbear' } }, 'roles.pause'],
    ['no service', { services: [] }, 'services'],
    ['a service twice', { services: ['ec2', 'ec2'] }, 'services'],
    ['nobody who is protected', { protected: undefined }, 'protected'],
    ['an empty list of those', { protected: [] }, 'protected'],
    ['a principal of everybody', { lock: { principals: ['user/all'] } }, 'lock.principals.0'],
    ['a kind without archives', { decommission: { kinds: ['s3-bucket'] } }, 'decommission.kinds.0'],
    ['a tag of AWS’s own', { tag: 'aws:name' }, 'tag'],
    ['a region that is none', { region: 'Frankfurt' }, 'region'],
    ['a word that is not known', { bucket: 'x' }, ''],
  ])('is refused with %s', (_, changes, path) => {
    expect(mistakes({})).toEqual([]);
    expect(mistakes(changes)).toEqual([path]);
  });
});
