import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { assumedRole, clientBounds } from '../credentials.js';

/** A key, or that of a session. */
export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type AwsAccess = {
  readonly region: string;
  /** Of something else that speaks AWS's API. */
  readonly endpoint?: string | undefined;
  /** The role that is taken on for everything; without it, what the environment or the machine gives is used itself. */
  readonly role?: { readonly arn: string; readonly externalId: string } | undefined;
  /** Instead of what the environment or the machine gives. */
  readonly credentials?: Credentials | undefined;
  readonly timeoutMs?: number | undefined;
};

export type Clients = ReturnType<typeof clientsFor>;

const connectionOf = ({ region, endpoint, timeoutMs }: AwsAccess) => ({
  region,
  ...(endpoint !== undefined && { endpoint }),
  ...clientBounds(timeoutMs),
});

/** Our own clients: as who we are by ourselves, and as the role that acts. Nothing is connected yet. */
export function openClients(access: AwsAccess) {
  const connection = connectionOf(access);
  const { role, credentials, region, endpoint, timeoutMs } = access;
  const own = { ...connection, ...(credentials !== undefined && { credentials }) };
  const base = new STSClient(own);
  if (role === undefined) return { own: [base], iam: new IAMClient(own), sts: base };
  const { arn: roleArn, externalId } = role;
  const session = assumedRole({ region, endpoint, roleArn, externalId, timeoutMs });
  const acting = { ...connection, credentials: session };
  const sts = new STSClient(acting);
  return { own: [base, sts], iam: new IAMClient(acting), sts };
}

/** Clients that call as somebody whose key is given. */
export function clientsFor(access: AwsAccess, credentials: Credentials) {
  const as = { ...connectionOf(access), credentials };
  return {
    sts: new STSClient(as),
    iam: new IAMClient(as),
    ec2: new EC2Client(as),
    // Only AWS's own store has a host name for each bucket.
    s3: new S3Client({ ...as, ...(access.endpoint !== undefined && { forcePathStyle: true }) }),
  };
}

// The shortest that AWS gives: what is to be seen takes a minute.
const probeSeconds = 900;

/** What taking on a role is asked with, so that calls can be made as it. */
export const sessionOf = (role: string) => ({
  RoleArn: role,
  RoleSessionName: 'forbear-kill-switch-probe',
  DurationSeconds: probeSeconds,
});
