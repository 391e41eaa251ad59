import { DeleteSnapshotCommand, DescribeSnapshotsCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DeleteDBSnapshotCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Resource, Target } from '../../src/ports/target.js';
import { awsError, startAwsProxy } from '../support/aws-proxy.js';
import { acme, awsSuite, roleArn } from '../support/aws-suite.js';
import { eventually } from '../support/dev-eventually.js';
import { motoMissing, motoPath } from '../support/moto.js';

const notVerified = { code: 'NOT_VERIFIED' };
const kinds = ['ec2-instance', 'rds-instance'] as const;

describe.skipIf(motoPath === null)(`AWS as a target, for good${motoMissing}`, () => {
  const suite = awsSuite();
  const { world, make } = suite;
  let aws: Target;
  beforeEach(() => {
    aws = suite.target({ decommission: { kinds: [...kinds] } });
  });

  const instance = async () => ({ id: (await make().instance('acme'))[0] ?? '', kind: 'ec2-instance' });
  const database = async (name: string, more = {}) => ({
    id: await make().database('acme', name, more),
    kind: 'rds-instance',
  });
  const spoil: Record<string, (location: string) => Promise<unknown>> = {
    'ec2-instance': (location) =>
      world().ec2.send(new DeleteSnapshotCommand({ SnapshotId: location.split(',')[0] })),
    'rds-instance': (DBSnapshotIdentifier) =>
      world().rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier })),
  };

  describe.each([
    ['ec2-instance', instance, /^1 snapshots completed: snap-\w+ of vol-\w+, 8 GiB$/],
    ['rds-instance', () => database('store'), /^forbear-store-1-\w+ available: postgres \S+, 20 GiB of \S+$/],
  ] as const)('TT-4 an %s', (kind, makeOne, evidence) => {
    let one: Resource;
    beforeEach(async () => {
      one = await makeOne();
    });

    it('is deleted after its archive was read back, and the archive outlives it', async () => {
      await aws.lock(acme, one);
      await aws.pause(acme, one);
      const { location } = await aws.archive(acme, one);
      expect(await aws.verifyArchive(acme, one, location)).toMatch(evidence);
      await aws.decommission(acme, one);
      expect(await aws.probe(acme, one)).toBe('gone');
      await aws.decommission(acme, one);
      expect(await aws.verifyArchive(acme, one, location)).toMatch(evidence);
      await expect(aws.archive(acme, one)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    });

    it('is archived only while it is off, once, and anew after the archive was lost', async () => {
      await expect(aws.archive(acme, one)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
      await aws.pause(acme, one);
      // What is taken within the second of the start is taken for older.
      const startedBy = Date.now() + 1_000;
      await eventually('a second has passed', () => Date.now() >= startedBy);
      const { location } = await aws.archive(acme, one);
      expect(await aws.archive({ ...acme, fence: 2 }, one)).toEqual({ location });
      await spoil[kind]?.(location);
      await expect(aws.verifyArchive(acme, one, location)).rejects.toMatchObject(notVerified);
      const healed = await aws.archive(acme, one);
      expect(healed.location).not.toBe(location);
      expect(await aws.verifyArchive(acme, one, healed.location)).toBeDefined();
    });

    it('has no archive but its own', async () => {
      const [other, stranger] = [await makeSecond(kind), { ...acme, ref: 'other' }];
      for (const resource of [one, other]) await aws.pause(acme, resource);
      const { location } = await aws.archive(acme, one);
      await aws.archive(acme, other);
      for (const place of ['nowhere', 'snap-0123456789abcdef0', ''])
        await expect(aws.verifyArchive(acme, one, place)).rejects.toMatchObject(notVerified);
      await expect(aws.verifyArchive(acme, other, location)).rejects.toMatchObject(notVerified);
      await expect(aws.verifyArchive(stranger, one, location)).rejects.toMatchObject(notVerified);
    });

    it('is not deleted under an earlier claim than the newest, nor for another account', async () => {
      await aws.pause({ ...acme, fence: 9 }, one);
      await expect(aws.decommission(acme, one)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
      await aws.decommission({ ...acme, ref: 'other', fence: 9 }, one);
      expect(await aws.probe(acme, one)).toBe('off');
    });

    it('is never deleted where the settings do not name its kind, or no role that deletes', async () => {
      const without = [
        suite.target(),
        suite.target({ decommission: { kinds: kinds.filter((other) => other !== kind) } }),
        suite.target({ roles: { pause: roleArn('forbear-pause') }, decommission: { kinds: [...kinds] } }),
      ];
      for (const target of without) {
        const calls = [
          target.archive(acme, one),
          target.verifyArchive(acme, one, 'x'),
          target.decommission(acme, one),
        ];
        for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'NOT_OFFERED' });
      }
      expect(await aws.probe(acme, one)).toBe('serving');
    });
  });

  const makeSecond = (kind: string) => (kind === 'ec2-instance' ? instance() : database('second'));

  it('archives a database anew after it ran again', async () => {
    const store = await database('store');
    await aws.pause(acme, store);
    const first = await aws.archive(acme, store);
    await aws.resume(acme, store, { running: true });
    await aws.pause({ ...acme, fence: 3 }, store);
    expect((await aws.archive({ ...acme, fence: 3 }, store)).location).not.toBe(first.location);
  });

  it('archives an instance anew after it ran again', async () => {
    const one = await instance();
    await aws.pause(acme, one);
    const first = await aws.archive(acme, one);
    // This AWS keeps telling the first start; the real one tells the last.
    const proxy = await startAwsProxy(world().moto.url);
    const started = new Date().toISOString();
    proxy.decide((name) => (answer) => {
      return name === 'DescribeInstances' ? answer.replace(/(<launchTime>)[^<]+/, `$1${started}`) : answer;
    });
    const restarted = suite.target({ endpoint: proxy.url, decommission: { kinds: ['ec2-instance'] } });
    expect((await restarted.archive(acme, one)).location).not.toBe(first.location);
    await proxy.close();
  });

  it('does not verify an archive that is not whole yet', async () => {
    const one = await instance();
    await aws.pause(acme, one);
    const { location } = await aws.archive(acme, one);
    const proxy = await startAwsProxy(world().moto.url);
    const tags = {
      'forbear:account': 'acme',
      'forbear:archive-of': one.id.split('/').at(-1),
      'forbear:archive-parts': '1',
    };
    const items = Object.entries(tags).map(
      ([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`,
    );
    const snapshot = `<item><snapshotId>${location}</snapshotId><status>pending</status><progress>43%</progress><tagSet>${items.join('')}</tagSet></item>`;
    const body = `<DescribeSnapshotsResponse><snapshotSet>${snapshot}</snapshotSet></DescribeSnapshotsResponse>`;
    proxy.decide((name) => (name === 'DescribeSnapshots' ? { status: 200, body } : 'pass'));
    const slow = suite.target({ endpoint: proxy.url, decommission: { kinds: ['ec2-instance'] } });
    await expect(slow.verifyArchive(acme, one, location)).rejects.toMatchObject({
      ...notVerified,
      message: expect.stringContaining('pending') as string,
    });
    proxy.decide(() => awsError(503, 'ServiceUnavailable'));
    await expect(slow.verifyArchive(acme, one, location)).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
    });
    await proxy.close();
  });

  it('refuses to delete a database that is protected, and leaves it as it is', async () => {
    const store = await database('kept', { DeletionProtection: true });
    await aws.pause(acme, store);
    await aws.archive(acme, store);
    await expect(aws.decommission(acme, store)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('deletion protection') as string,
    });
    expect(await aws.probe(acme, store)).toBe('off');
  });

  it('neither archives nor deletes what AWS keeps no archive of', async () => {
    const web = { id: await make().service('acme', 'web', 1), kind: 'ecs-service' };
    for (const call of [aws.archive(acme, web), aws.decommission(acme, web)])
      await expect(call).rejects.toMatchObject({ code: 'NOT_OFFERED' });
    expect(await aws.probe(acme, web)).toBe('serving');
  });

  it('takes no snapshot of what is never deleted', async () => {
    const store = await database('store');
    await suite.target().pause(acme, store);
    const { DBSnapshots } = await world().rds.send(
      new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }),
    );
    expect(DBSnapshots).toEqual([]);
  });

  it('archives every volume of an instance, each of them told apart', async () => {
    const one = await instance();
    await aws.pause(acme, one);
    const { location } = await aws.archive(acme, one);
    const SnapshotIds = location.split(',');
    const { Snapshots = [] } = await world().ec2.send(new DescribeSnapshotsCommand({ SnapshotIds }));
    const { Volumes = [] } = await world().ec2.send(new DescribeVolumesCommand({}));
    expect(Snapshots.map(({ VolumeId }) => VolumeId)).toEqual(Volumes.map(({ VolumeId }) => VolumeId));
  });
});
