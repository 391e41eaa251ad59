import { z } from 'zod';

const statementShape = z.record(z.string(), z.unknown());

export const policyShape = z
  .looseObject({ Statement: z.union([statementShape, z.array(statementShape)]) })
  // AWS takes a single statement for a list of one.
  .transform((policy) => ({ ...policy, Statement: [policy.Statement].flat() }));

export type BucketPolicy = z.infer<typeof policyShape>;

/** Which of our statements a policy has. */
export type OwnStatements = { readonly locked: boolean; readonly paused: boolean };

const lockSid = 'ForbearLock';
const pauseSid = 'ForbearPause';

// Read-only: nothing is written, deleted or configured, whoever asks.
const writing = ['s3:Put*', 's3:Create*', 's3:Delete*', 's3:Replicate*', 's3:Restore*'];
// Shut: what is in the bucket can neither be read nor listed, nor written.
const using = ['s3:GetObject*', 's3:ListBucket*', 's3:PutObject*', 's3:DeleteObject*', 's3:RestoreObject'];

/** A bucket's policy as others wrote it, and what of ours stands in it. `null` where nothing else does. Pure. */
export function withoutOurs(policy: BucketPolicy | null): {
  readonly policy: BucketPolicy | null;
  readonly ours: OwnStatements;
} {
  if (policy === null) return { policy: null, ours: { locked: false, paused: false } };
  const has = (sid: string) => policy.Statement.some(({ Sid }) => Sid === sid);
  const others = policy.Statement.filter(({ Sid }) => Sid !== lockSid && Sid !== pauseSid);
  const ours = { locked: has(lockSid), paused: has(pauseSid) };
  return { policy: others.length === 0 ? null : { ...policy, Statement: others }, ours };
}

/** The policy with our statements behind the others; `null` for no policy at all. Pure. */
export function withOurs(
  policy: BucketPolicy | null,
  { locked, paused }: OwnStatements,
  bucket: { readonly arn: string; readonly spared: readonly string[] },
): BucketPolicy | null {
  const ours = [
    ...(locked ? [denialOf(lockSid, writing, bucket)] : []),
    ...(paused ? [denialOf(pauseSid, using, bucket)] : []),
  ];
  if (ours.length === 0) return policy;
  const { Statement = [], ...rest } = policy ?? { Version: '2012-10-17' };
  return { ...rest, Statement: [...Statement, ...ours] };
}

const denialOf = (
  Sid: string,
  Action: readonly string[],
  { arn, spared }: { readonly arn: string; readonly spared: readonly string[] },
) => ({
  Sid,
  Effect: 'Deny',
  Principal: '*',
  Action,
  Resource: [arn, `${arn}/*`],
  // Whoever is to take it away again must not be shut out.
  Condition: { ArnNotEquals: { 'aws:PrincipalArn': spared } },
});
