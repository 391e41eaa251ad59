import { z } from 'zod';
import { isGone } from '../failures.js';
import { tagsOf, type Tags } from '../tags.js';
import { allOf, eachOf, stateFor, type Kind, type KindContext, type Seen } from './kind.js';
import { policyShape, withoutOurs, withOurs, type BucketPolicy, type OwnStatements } from './s3-policy.js';

/** The bucket's own policy, without the statements that are ours; `null` for none. */
const stateShape = z.strictObject({ policy: policyShape.nullable() });

/** Buckets: shut, and made read-only, by statements of ours in their policies. What is in them is never touched. */
export function createS3Kind({ clients, pageSize, tag, region, partition, spared }: KindContext): Kind {
  const open = clients.s3;

  async function tagsOn(Bucket: string): Promise<Tags> {
    const { client, sdk } = await open();
    try {
      return tagsOf((await client.send(new sdk.GetBucketTaggingCommand({ Bucket }))).TagSet);
    } catch (error) {
      if (isNamed(error, 'NoSuchTagSet') || isGone(error)) return new Map();
      throw error;
    }
  }

  async function policyOf(Bucket: string): Promise<BucketPolicy | null> {
    const { client, sdk } = await open();
    try {
      const { Policy = '' } = await client.send(new sdk.GetBucketPolicyCommand({ Bucket }));
      return policyShape.parse(JSON.parse(Policy));
    } catch (error) {
      if (isNamed(error, 'NoSuchBucketPolicy')) return null;
      throw error;
    }
  }

  async function putPolicy(Bucket: string, policy: BucketPolicy | null, ours: OwnStatements): Promise<void> {
    const { client, sdk } = await open();
    const whole = withOurs(policy, ours, { arn: arnOf(partition, Bucket), spared });
    if (whole === null) await client.send(new sdk.DeleteBucketPolicyCommand({ Bucket }));
    else await client.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(whole) }));
  }

  async function seenOf(bucket: string, tags: Tags): Promise<Seen> {
    const { policy, ours } = withoutOurs(await policyOf(bucket));
    return {
      arn: arnOf(partition, bucket),
      tags,
      state: { policy },
      phase: ours.paused ? 'off' : 'on',
      isLocked: ours.locked,
    };
  }

  /** Changes our own statements, on the policy as it is at this moment. */
  async function change(arn: string, changes: Partial<OwnStatements>): Promise<void> {
    const bucket = bucketOf(arn);
    const { policy, ours } = withoutOurs(await policyOf(bucket));
    const wanted = { ...ours, ...changes };
    if (wanted.locked === ours.locked && wanted.paused === ours.paused) return;
    await putPolicy(bucket, policy, wanted);
  }

  return {
    name: 's3-bucket',
    async list(ref) {
      const { client, sdk } = await open();
      const pages = sdk.paginateListBuckets(
        { client, pageSize: pageSize ?? 1_000 },
        { BucketRegion: region },
      );
      const all = await allOf(pages, ({ Buckets }) => Buckets);
      const here = all.filter(({ BucketRegion = region }) => BucketRegion === region);
      const tagged = await eachOf(here, async ({ Name = '' }) => ({ Name, tags: await tagsOn(Name) }));
      return eachOf(
        tagged.filter(({ tags }) => tags.get(tag) === ref),
        ({ Name, tags }) => seenOf(Name, tags),
      );
    },
    async look(arn) {
      const bucket = bucketOf(arn);
      try {
        return await seenOf(bucket, await tagsOn(bucket));
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
    pause: ({ arn }) => change(arn, { paused: true }),
    async resume({ arn, isLocked }, wanted) {
      const { policy } = stateFor(stateShape, 's3-bucket', wanted);
      await putPolicy(bucketOf(arn), policy, { locked: isLocked, paused: false });
    },
    async mark({ arn }, { locked }) {
      if (locked !== undefined) await change(arn, { locked });
    },
    forGood: null,
  };
}

const arnOf = (partition: string, bucket: string) => `arn:${partition}:s3:::${bucket}`;
const bucketOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);
const isNamed = (error: unknown, name: string) => error instanceof Error && error.name === name;
