import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { createS3Anchors } from '../../src/adapters/aws/anchors.js';
import { chunksOf } from '../../src/adapters/aws/kinds/kind.js';
import { DAY_MS } from '../../src/domain/time.js';
import { placesKeepTheirWord } from '../support/anchor-places.js';
import { startAwsProxy } from '../support/aws-proxy.js';
import { awsSuite } from '../support/aws-suite.js';
import { awsRegion } from '../support/aws-world.js';
import { motoMissing, motoPath } from '../support/moto.js';

describe.skipIf(motoPath === null)(`P-9 anchors in a bucket of S3 with object lock${motoMissing}`, () => {
  const { world } = awsSuite();
  // As S3 keeps times: whole seconds.
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const place = (bucket: string) =>
    createS3Anchors({
      bucket,
      prefix: 'forbear/',
      region: awsRegion,
      endpoint: world().moto.url,
      retainMs: 30 * DAY_MS,
      nowMs: () => now,
    });
  const bucket = async () => {
    const Bucket = `anchors-${randomUUID()}`;
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' as const };
    const asked = { Bucket, CreateBucketConfiguration, ObjectLockEnabledForBucket: true };
    await world().s3.send(new CreateBucketCommand(asked));
    return Bucket;
  };

  placesKeepTheirWord(async () => {
    const name = await bucket();
    return { place: place(name), again: () => place(name) };
  });

  it('keeps each, whatever its owner does, until its day', async () => {
    const Bucket = await bucket();
    await place(Bucket).keep({ seq: 7, text: '{"seq":7}' });
    const object = { Bucket, Key: 'forbear/0000000007.json' };
    const head = await world().s3.send(new HeadObjectCommand(object));
    expect(head).toMatchObject({
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: new Date(now + 30 * DAY_MS),
    });
    const { Versions = [] } = await world().s3.send(new ListObjectVersionsCommand({ Bucket }));
    const VersionId = Versions[0]?.VersionId;
    const deletion = new DeleteObjectCommand({ ...object, VersionId, BypassGovernanceRetention: true });
    await expect(world().s3.send(deletion)).rejects.toMatchObject({ name: 'AccessDenied' });
    // Whoever writes over it, or deletes it without naming the version, leaves the first one there.
    await world().s3.send(new PutObjectCommand({ ...object, Body: 'forged' }));
    await world().s3.send(new DeleteObjectCommand(object));
    const { Body } = await world().s3.send(new GetObjectCommand({ ...object, VersionId }));
    expect(await Body?.transformToString()).toBe('{"seq":7}\n');
  });

  it('never writes over one, also when two keep it at the same time', async () => {
    const Bucket = await bucket();
    const both = ['a', 'b'].map((mark) => place(Bucket).keep({ seq: 1, text: `{"mark":"${mark}"}` }));
    const kept = await Promise.allSettled(both);
    expect(kept.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { Versions } = await world().s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions).toHaveLength(1);
  });

  it('fails in its time where nobody answers', async () => {
    const Bucket = await bucket();
    const proxy = await startAwsProxy(world().moto.url);
    proxy.decide(() => 'hang');
    const silent = {
      bucket: Bucket,
      prefix: 'forbear/',
      region: awsRegion,
      retainMs: DAY_MS,
      nowMs: () => now,
    };
    const waiting = createS3Anchors({ ...silent, endpoint: proxy.url, timeoutMs: 200 });
    await expect(waiting.newestAfter(0)).rejects.toMatchObject({ name: 'TimeoutError' });
    await proxy.close();
  });

  it('finds the newest behind a thousand others', async () => {
    const Bucket = await bucket();
    const all = Array.from({ length: 1_003 }, (_, index) => index + 1);
    for (const some of chunksOf(all, 20)) await Promise.all(some.map((seq) => putPlainly(Bucket, seq)));
    expect(await place(Bucket).newestAfter(0)).toMatchObject({ seq: 1_003 });
  }, 60_000);

  const putPlainly = (Bucket: string, seq: number) =>
    world().s3.send(
      new PutObjectCommand({ Bucket, Key: `forbear/${String(seq).padStart(10, '0')}.json`, Body: '{}\n' }),
    );
});
