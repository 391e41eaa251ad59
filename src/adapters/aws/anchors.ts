import type { S3Client } from '@aws-sdk/client-s3';
import { clientBounds } from './credentials.js';
import { AnchorConflict, type AnchorPlace } from '../../ports/anchors.js';

export type S3AnchorsOptions = {
  readonly bucket: string;
  /** Before the number in the name of each object. */
  readonly prefix: string;
  readonly region?: string | undefined;
  /** Of another store that speaks S3. */
  readonly endpoint?: string | undefined;
  /** For how long nobody can delete an anchor, not even who owns the bucket. */
  readonly retainMs: number;
  readonly nowMs: () => number;
  readonly timeoutMs?: number;
};

// In the order of their names anchors are in the order of their numbers.
const digits = 10;

/**
 * Anchors in a bucket with object lock, one an object. Who may write there is told to AWS's client by the environment or the
 * machine, as that client has it. It is loaded with the first anchor.
 */
export function createS3Anchors(options: S3AnchorsOptions): AnchorPlace {
  const { bucket: Bucket, prefix: Prefix, retainMs, nowMs } = options;
  const keyOf = (seq: number) => `${Prefix}${String(seq).padStart(digits, '0')}.json`;
  let opening: ReturnType<typeof openClient> | undefined;
  const s3 = () => (opening ??= openClient(options));

  async function read(Key: string): Promise<string> {
    const { client, sdk } = await s3();
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
    return ((await Body?.transformToString()) ?? '').trimEnd();
  }

  return {
    name: `s3:${Bucket}`,
    async newestAfter(seq) {
      const { client, sdk } = await s3();
      const pages = sdk.paginateListObjectsV2({ client }, { Bucket, Prefix, StartAfter: keyOf(seq) });
      const keys: string[] = [];
      for await (const { Contents = [] } of pages) keys.push(...Contents.map(({ Key = '' }) => Key));
      const newest = keys.filter((key) => /^\d+\.json$/.test(key.slice(Prefix.length))).at(-1);
      if (newest === undefined) return null;
      return { seq: Number.parseInt(newest.slice(Prefix.length), 10), text: await read(newest) };
    },
    async keep({ seq, text }) {
      const { client, sdk } = await s3();
      const lock = {
        ObjectLockMode: 'COMPLIANCE' as const,
        ObjectLockRetainUntilDate: new Date(nowMs() + retainMs),
      };
      const object = { Bucket, Key: keyOf(seq), Body: `${text}\n`, ContentType: 'application/json' };
      try {
        await client.send(new sdk.PutObjectCommand({ ...object, ...lock, IfNoneMatch: '*' }));
      } catch (error) {
        if (!isTaken(error)) throw error;
        if ((await read(object.Key)) !== text)
          throw new AnchorConflict(`the bucket ${Bucket} has another anchor ${seq}`);
      }
    },
  };
}

const isTaken = (error: unknown) => error instanceof Error && error.name === 'PreconditionFailed';

async function openClient({ region, endpoint, timeoutMs }: S3AnchorsOptions) {
  const sdk = await import('@aws-sdk/client-s3');
  const client: S3Client = new sdk.S3Client({
    ...(region !== undefined && { region }),
    // Stores other than AWS's own seldom have a host name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...clientBounds(timeoutMs),
    maxAttempts: 2,
  });
  return { sdk, client };
}
