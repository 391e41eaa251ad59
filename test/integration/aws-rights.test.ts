import { StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateUserCommand, DeleteUserPolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serviceNames } from '../../src/adapters/aws/settings.js';
import type { Target } from '../../src/ports/target.js';
import { verifyThroughPort } from '../../src/targets/verify/verify.js';
import { startAwsProxy } from '../support/aws-proxy.js';
import { createAwsUser, createForbearRoles, type Keys } from '../support/aws-roles.js';
import { acme, awsSuite, roleArn } from '../support/aws-suite.js';
import { awsAccountId, ownersClients } from '../support/aws-world.js';
import { motoMissing, motoPath } from '../support/moto.js';

const externalId = 'what-only-we-two-know';
const needs = {
  services: serviceNames,
  tag: 'forbear:account',
  bindsPrincipals: true,
  deletable: ['ec2-instance', 'rds-instance'],
} as const;
const helper = `arn:aws:iam::${awsAccountId}:user/helper`;
const lock = { principals: ['user/customer-{ref}'] };
const binding = { lock, protected: [helper] };
const allOk = ['list', 'look', 'lock', 'drain', 'pause', 'resume', 'unlock'].map((id) => `${id} ok`);

async function outcomesOf(verified: Target): Promise<string[]> {
  const { signal } = new AbortController();
  const outcomes: string[] = [];
  for await (const told of verifyThroughPort({ target: verified, ref: 'acme', waitMs: 2_000, signal }))
    if (told.kind === 'check')
      outcomes.push(`${told.result.id} ${told.result.outcome === 'ok' ? 'ok' : JSON.stringify(told.result)}`);
  return outcomes;
}

/** This AWS enforces which actions a policy allows and denies, and to whom a role is given; not its resources and conditions. */
describe.skipIf(motoPath === null)(`AWS as a target, where every call needs a right${motoMissing}`, () => {
  const { world, make, target } = awsSuite();
  let owner: Keys;
  let customer: Keys;
  const as = (keys: Keys) => ownersClients(world().moto.url, keys);

  beforeEach(async () => {
    const keys = await createForbearRoles(world(), needs, externalId);
    owner = await createAwsUser(world(), 'owner', ['*']);
    customer = await createAwsUser(world(), 'customer-acme', ['ec2:*'], 'acme');
    vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secretAccessKey);
  });
  afterEach(() => world().moto.enforceRights(Infinity));

  const instance = async () => ({ id: (await make().instance('acme'))[0] ?? '', kind: 'ec2-instance' });
  const idOf = ({ id }: { readonly id: string }) => id.split('/').at(-1) ?? '';
  const start = (keys: Keys, resource: { readonly id: string }) =>
    as(keys).ec2.send(new StartInstancesCommand({ InstanceIds: [idOf(resource)] }));

  const deny = (role: string, Action: string) => {
    const Statement = [{ Effect: 'Deny', Action, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    const denial = { RoleName: `forbear-${role}`, PolicyName: 'denied', PolicyDocument };
    return world().iam.send(new PutRolePolicyCommand(denial));
  };

  it('TT-3 TT-5 does all of it by the ready policy of its role', async () => {
    await make().service('acme', 'web', 3);
    await make().instance('acme');
    await make().group('acme', 'fleet', [1, 2, 4]);
    await make().database('acme', 'store');
    await make().cluster('acme', 'aurora');
    await make().function('acme', 'job', null);
    await make().bucket('acme', 'files', null);
    await world().moto.enforceRights(0);
    expect(await outcomesOf(target({ ...binding, decommission: { kinds: ['rds-instance'] } }))).toEqual(
      allOk,
    );
    const left = as(owner).s3.send(new GetBucketPolicyCommand({ Bucket: 'files' }));
    await expect(left).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
  }, 60_000);

  it('cannot delete anything by the role that pauses', async () => {
    const one = await instance();
    await target().pause(acme, one);
    await world().moto.enforceRights(0);
    const mistaken = { pause: roleArn('forbear-decommission'), decommission: roleArn('forbear-pause') };
    const byPause = target({ roles: mistaken, decommission: { kinds: ['ec2-instance'] } });
    await expect(byPause.decommission(acme, one)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('ec2:TerminateInstances') as string,
    });
  });

  it('is refused, and changes nothing, once a right was taken from its role', async () => {
    const one = await instance();
    await deny('pause', 'ec2:StopInstances');
    await world().moto.enforceRights(0);
    await expect(target().pause(acme, one)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    expect(await target().probe(acme, one)).toBe('serving');
  });

  it('is refused where the role’s trust does not know its external id', async () => {
    await world().moto.enforceRights(0);
    await expect(target({ externalId: 'another' }).find(acme)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.not.stringContaining('another') as string,
    });
    expect(await target().find(acme)).toEqual([]);
  });

  it('TT-3 keeps the customer himself from starting what is locked, and nobody else', async () => {
    const [one, two] = [await instance(), await instance()];
    await world().moto.enforceRights(0);
    const bound = target(binding);
    for (const resource of [one, two]) {
      await bound.lock(acme, resource);
      await bound.pause(acme, resource);
    }
    expect(await bound.probe(acme, one)).toBe('off_and_locked');
    await expect(start(customer, one)).rejects.toThrow(/not authorized/);
    await start(owner, one);
    await as(owner).ec2.send(new StopInstancesCommand({ InstanceIds: [idOf(one)] }));
    await bound.unlock(acme, two);
    // The other one is still locked.
    await expect(start(customer, one)).rejects.toThrow(/not authorized/);
    await bound.unlock(acme, one);
    await start(customer, one);
    expect(await bound.probe(acme, one)).toBe('serving');
  });

  it('says "locked" only while every user and role of the customer is bound', async () => {
    const one = await instance();
    const bound = target(binding);
    await bound.lock(acme, one);
    await bound.pause(acme, one);
    expect(await bound.probe(acme, one)).toBe('off_and_locked');
    const torn = { UserName: 'customer-acme', PolicyName: 'forbear-lock' };
    await world().iam.send(new DeleteUserPolicyCommand(torn));
    expect(await bound.probe(acme, one)).toBe('off');
    await bound.lock(acme, one);
    expect(await bound.probe(acme, one)).toBe('off_and_locked');
  });

  it('lets go of the customer also when the last that was locked has vanished', async () => {
    const one = await instance();
    const bound = target(binding);
    await bound.lock(acme, one);
    await bound.unlock(acme, { id: one.id.replace(/i-.*/, 'i-0123456789abcdef0'), kind: one.kind });
    await expect(start(customer, one)).resolves.toBeDefined();
    await bound.unlock(acme, one);
    const gone = { UserName: 'customer-acme', PolicyName: 'forbear-lock' };
    await expect(world().iam.send(new DeleteUserPolicyCommand(gone))).rejects.toThrow();
  });

  it.each([
    ['its own role', 'role/forbear-{ref}', 'pause'],
    ['who is protected', 'user/{ref}', 'helper'],
    ['who does not carry the account’s tag', 'user/{ref}', 'stranger'],
  ])('never binds %s', async (_, principal, ref) => {
    const Tags = [{ Key: 'forbear:account', Value: 'helper' }];
    await world().iam.send(new CreateUserCommand({ UserName: 'helper', Tags }));
    await world().iam.send(new CreateUserCommand({ UserName: 'stranger' }));
    const one = { id: (await make().instance(ref))[0] ?? '', kind: 'ec2-instance' };
    await expect(
      target({ ...binding, lock: { principals: [principal] } }).lock({ ...acme, ref }, one),
    ).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
    });
    expect(await target().probe({ ...acme, ref }, one)).toBe('serving');
  });

  it('says who it is by each role, and that IAM does not tell its rights where it does not', async () => {
    for (const role of ['pause', 'decommission']) await deny(role, 'iam:SimulatePrincipalPolicy');
    await world().moto.enforceRights(0);
    const { reached, rights } = await target({ decommission: { kinds: ['ec2-instance'] } }).inspect();
    expect(reached).toBe(
      `AWS account ${awsAccountId}, eu-central-1, to pause as arn:aws:sts::${awsAccountId}:assumed-role/forbear-pause/forbear; ` +
        `AWS account ${awsAccountId}, eu-central-1, to decommission as arn:aws:sts::${awsAccountId}:assumed-role/forbear-decommission/forbear`,
    );
    expect(new Set(rights.map(({ state }) => state))).toEqual(new Set(['unknown']));
    expect(rights.map(({ name }) => name)).toContain('ec2:StopInstances');
  });

  it('tells which rights are held, which are missing, and which are too many', async () => {
    const proxy = await startAwsProxy(world().moto.url);
    const allowed = ['ec2:DescribeInstances', 'ec2:StopInstances', 'ec2:TerminateInstances'];
    proxy.decide((name, body) => {
      if (name !== 'SimulatePrincipalPolicy') return 'pass';
      const asked = [...new URLSearchParams(body)].filter(([key]) => /^ActionNames/.test(key));
      const members = asked.map(
        ([, action]) =>
          `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${allowed.includes(action) ? 'allowed' : 'implicitDeny'}</EvalDecision></member>`,
      );
      return {
        status: 200,
        body: `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>${members.join('')}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
      };
    });
    const roles = { pause: roleArn('forbear-pause') };
    const { rights } = await target({ endpoint: proxy.url, services: ['ec2'], roles }).inspect();
    await proxy.close();
    const named = (state: string) => rights.filter((right) => right.state === state).map(({ name }) => name);
    expect(named('held')).toEqual(['ec2:DescribeInstances', 'ec2:StopInstances']);
    expect(named('excess')).toEqual(['ec2:TerminateInstances']);
    expect(named('missing')).toEqual([
      ...['ec2:CreateTags', 'ec2:DeleteTags', 'ec2:StartInstances', 'iam:SimulatePrincipalPolicy'],
    ]);
  });
});
