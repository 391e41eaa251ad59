import {
  DescribeAutoScalingGroupsCommand,
  SetInstanceProtectionCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateTagsCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { CreateDBInstanceReadReplicaCommand, StartDBInstanceCommand } from '@aws-sdk/client-rds';
import { GetBucketPolicyCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { Resource, Target } from '../../src/ports/target.js';
import { verifyThroughPort } from '../../src/targets/verify/verify.js';
import { acme, awsSuite, roleArn } from '../support/aws-suite.js';
import { motoMissing, motoPath } from '../support/moto.js';

const allOk = ['list', 'look', 'lock', 'drain', 'pause', 'resume', 'unlock'].map((id) => `${id} ok`);

async function outcomesOf(verified: Target): Promise<string[]> {
  const { signal } = new AbortController();
  const outcomes: string[] = [];
  for await (const told of verifyThroughPort({ target: verified, ref: 'acme', waitMs: 2_000, signal }))
    if (told.kind === 'check') outcomes.push(`${told.result.id} ${told.result.outcome}`);
  return outcomes;
}

const ownPolicy = {
  Version: '2012-10-17',
  Id: 'theirs',
  Statement: [
    {
      Sid: 'Theirs',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::files/*',
    },
  ],
};

describe.skipIf(motoPath === null)(`AWS as a target${motoMissing}`, () => {
  const { world, make, target } = awsSuite();
  const stateOf = (resource: Resource) => target().snapshot(acme, resource);
  const probeOf = (resource: Resource) => target().probe(acme, resource);

  const samples: Record<string, () => Promise<unknown>> = {
    'ECS services': () => make().service('acme', 'web', 3),
    'EC2 instances': () => make().instance('acme', 2),
    'Auto Scaling groups': () => make().group('acme', 'fleet', [1, 2, 4]),
    'RDS instances': () => make().database('acme', 'store'),
    'RDS clusters': () => make().cluster('acme', 'aurora'),
    'Lambda functions with a reservation': () => make().function('acme', 'job', 7),
    'Lambda functions without one': () => make().function('acme', 'job', null),
    'S3 buckets without a policy': () => make().bucket('acme', 'files', null),
    'S3 buckets with one': () => make().bucket('acme', 'files', ownPolicy),
  };

  describe('TT-3 TT-5 keeps what the port promises, and leaves other accounts alone, for', () => {
    it.each(Object.keys(samples))('%s', async (sample) => {
      await samples[sample]?.();
      const [others] = await make().instance('other');
      expect(await outcomesOf(target())).toEqual(allOk);
      expect(await make().instanceState(others ?? '')).toBe('running');
    });

    it('all of them at once, each found once', async () => {
      const chosen = Object.entries(samples).filter(([name]) => !/without/.test(name));
      for (const [, sample] of chosen) await sample();
      expect(await outcomesOf(target())).toEqual(allOk);
      const kinds = (await target().find(acme)).map(({ kind }) => kind);
      // Two instances of their own; those of the group and of the cluster go with these.
      expect(kinds.sort()).toEqual([
        ...['auto-scaling-group', 'ec2-instance', 'ec2-instance', 'ecs-service'],
        ...['lambda-function', 'rds-cluster', 'rds-instance', 's3-bucket'],
      ]);
    });
  });

  it('TT-3 brings a group down for good: no alarm and no schedule raises it; its own suspended processes come back', async () => {
    const group = { id: await make().group('acme', 'fleet', [1, 2, 4]), kind: 'auto-scaling-group' };
    const own = { AutoScalingGroupName: 'fleet', ScalingProcesses: ['AZRebalance', 'Terminate'] };
    await world().autoScaling.send(new SuspendProcessesCommand(own));
    const before = await stateOf(group);
    await target().pause(acme, group);
    const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['fleet'] });
    const [now] = (await world().autoScaling.send(asked)).AutoScalingGroups ?? [];
    expect(now).toMatchObject({ MinSize: 0, MaxSize: 0, DesiredCapacity: 0, Instances: [] });
    expect(now?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName).sort()).toEqual([
      ...['AZRebalance', 'AlarmNotification', 'ScheduledActions'],
    ]);
    await target().resume(acme, group, before ?? {});
    expect(await stateOf(group)).toEqual({
      ...{ min: 1, desired: 2, max: 4 },
      suspended: ['AZRebalance', 'Terminate'],
    });
    expect(before).toEqual(await stateOf(group));
  });

  it('shuts a bucket to all but Forbear’s own roles and who is protected, and puts its own policy back word for word', async () => {
    const bucket = { id: await make().bucket('acme', 'files', ownPolicy), kind: 's3-bucket' };
    const policy = async () => {
      const { Policy = '' } = await world().s3.send(new GetBucketPolicyCommand({ Bucket: 'files' }));
      return JSON.parse(Policy) as { Statement: { Sid: string }[] };
    };
    const state = await stateOf(bucket);
    const aws = target({ protected: [roleArn('break-glass')] });
    await aws.lock(acme, bucket);
    await aws.pause(acme, bucket);
    const spared = ['forbear-pause', 'forbear-decommission', 'break-glass'].map(roleArn);
    const shut = { Effect: 'Deny', Condition: { ArnNotEquals: { 'aws:PrincipalArn': spared } } };
    expect((await policy()).Statement).toMatchObject([
      ...ownPolicy.Statement,
      { Sid: 'ForbearLock', ...shut },
      { Sid: 'ForbearPause', ...shut },
    ]);
    await aws.resume(acme, bucket, state ?? {});
    expect((await policy()).Statement.map(({ Sid }) => Sid)).toEqual(['Theirs', 'ForbearLock']);
    await aws.unlock(acme, bucket);
    expect(await policy()).toEqual(ownPolicy);
  });

  it('tells a function that had no reservation from one that had', async () => {
    const job = { id: await make().function('acme', 'job', null), kind: 'lambda-function' };
    const reserved = async () =>
      (await world().lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: 'job' })))
        .ReservedConcurrentExecutions;
    const state = await stateOf(job);
    await target().pause(acme, job);
    expect([await reserved(), await probeOf(job)]).toEqual([0, 'off']);
    await target().resume(acme, job, state ?? {});
    expect([await reserved(), await probeOf(job)]).toEqual([undefined, 'serving']);
  });

  it('TT-3 sees a database that AWS has started again after seven days, and stops it again', async () => {
    const store = { id: await make().database('acme', 'store'), kind: 'rds-instance' };
    await target().lock(acme, store);
    await target().pause(acme, store);
    expect(await probeOf(store)).toBe('off_and_locked');
    await world().rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: 'store' }));
    expect(await probeOf(store)).toBe('in_between');
    await target().pause({ ...acme, fence: 2 }, store);
    expect(await probeOf(store)).toBe('off_and_locked');
  });

  it('refuses what AWS would never stop, and says why', async () => {
    const store = { id: await make().database('acme', 'store'), kind: 'rds-instance' };
    const replica = { DBInstanceIdentifier: 'copy', SourceDBInstanceIdentifier: 'store' };
    await world().rds.send(new CreateDBInstanceReadReplicaCommand(replica));
    await expect(target().pause(acme, store)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('read replica') as string,
    });
    const group = { id: await make().group('acme', 'fleet', [1, 1, 1]), kind: 'auto-scaling-group' };
    const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['fleet'] });
    const [found] = (await world().autoScaling.send(asked)).AutoScalingGroups ?? [];
    const InstanceIds = found?.Instances?.map(({ InstanceId = '' }) => InstanceId);
    const held = { AutoScalingGroupName: 'fleet', InstanceIds, ProtectedFromScaleIn: true };
    await world().autoScaling.send(new SetInstanceProtectionCommand(held));
    await expect(target().pause(acme, group)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('protected from scale-in') as string,
    });
    expect([await probeOf(store), await probeOf(group)]).toEqual(['serving', 'serving']);
  });

  it('takes what has vanished, or has another account’s tag now, for gone', async () => {
    const [lost = '', moved = ''] = await make().instance('acme', 2);
    const InstanceIds = [lost.split('/').at(-1) ?? ''];
    await world().ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    const Tags = [{ Key: 'forbear:account', Value: 'other' }];
    await world().ec2.send(new CreateTagsCommand({ Resources: [moved.split('/').at(-1) ?? ''], Tags }));
    const others = ['arn:aws:ec2:eu-central-1:1:instance/i-0123456789abcdef0', 'no ARN at all'];
    for (const id of [lost, moved, ...others]) {
      const resource = { id, kind: 'ec2-instance' };
      for (const step of ['lock', 'pause', 'unlock'] as const) await target()[step](acme, resource);
      await target().resume(acme, resource, { running: true });
      expect([await probeOf(resource), await stateOf(resource)]).toEqual(['gone', null]);
    }
    expect(await target().find(acme)).toEqual([]);
    expect(await make().instanceState(moved)).toBe('running');
  });

  it('finds an account by its very name, whatever signs it holds', async () => {
    for (const ref of ['*', 'a?me', 'a[c]me', 'Überführung & Söhne', 'acme']) {
      const made = await make().instance(ref);
      const found = await target({ services: ['ec2'] }).find({ ...acme, ref });
      expect([ref, found.map(({ id }) => id)]).toEqual([ref, made]);
    }
    await expect(target().find({ ...acme, ref: '' })).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });

  it('obeys no order of an earlier claim than the newest that a resource remembers', async () => {
    const [id = ''] = await make().instance('acme');
    const instance = { id, kind: 'ec2-instance' };
    await target().lock({ ...acme, fence: 7 }, instance);
    for (const step of ['lock', 'pause', 'unlock'] as const)
      await expect(target()[step]({ ...acme, fence: 6 }, instance)).rejects.toMatchObject({
        code: 'TARGET_UNAVAILABLE',
      });
    expect(await probeOf(instance)).toBe('in_between');
    await target().unlock({ ...acme, fence: 7 }, instance);
    expect(await probeOf(instance)).toBe('serving');
  });

  it('refuses to put back what is no state of its own', async () => {
    const web = { id: await make().service('acme', 'web', 3), kind: 'ecs-service' };
    await expect(target().resume(acme, web, { size: 3 })).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    expect(await stateOf(web)).toEqual({ desiredCount: 3 });
  });
});
