import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

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
  readonly role?: string | undefined;
  readonly externalId?: string | undefined;
  /** Instead of what the environment or the machine gives. */
  readonly credentials?: Credentials | undefined;
  readonly timeoutMs?: number | undefined;
};

export type Clients = ReturnType<typeof clientsFor>;

const sessionName = 'forbear-kill-switch';
// The shortest that AWS gives: what is to be done takes a minute.
const sessionSeconds = 900;

const connectionOf = ({ region, endpoint, timeoutMs = 10_000 }: AwsAccess) => ({
  region,
  ...(endpoint !== undefined && { endpoint }),
  maxAttempts: 3,
  requestHandler: { connectionTimeout: timeoutMs / 2, requestTimeout: timeoutMs },
});

/** Our own clients: as who we are by ourselves, and as the role that acts. Nothing is connected yet. */
export function openClients(access: AwsAccess) {
  const connection = connectionOf(access);
  const { role, externalId, credentials } = access;
  const own = { ...connection, ...(credentials !== undefined && { credentials }) };
  if (role === undefined)
    return { own: [new STSClient(own)], iam: new IAMClient(own), sts: new STSClient(own) };
  const acting = {
    ...connection,
    credentials: fromTemporaryCredentials({
      params: {
        RoleArn: role,
        RoleSessionName: sessionName,
        DurationSeconds: sessionSeconds,
        ...(externalId !== undefined && { ExternalId: externalId }),
      },
      clientConfig: connection,
      ...(credentials !== undefined && { masterCredentials: credentials }),
    }),
  };
  const sts = new STSClient(acting);
  return { own: [new STSClient(own), sts], iam: new IAMClient(acting), sts };
}

/** Clients that call as somebody whose key is given. */
export function clientsFor(access: AwsAccess, credentials: Credentials) {
  // A refusal is an answer: only who is away is asked again.
  const as = { ...connectionOf(access), credentials };
  return {
    sts: new STSClient(as),
    iam: new IAMClient(as),
    ec2: new EC2Client(as),
    // Only AWS's own store has a host name for each bucket.
    s3: new S3Client({ ...as, ...(access.endpoint !== undefined && { forcePathStyle: true }) }),
  };
}

/** What taking on a role is asked with. */
export const sessionOf = (role: string) => ({
  RoleArn: role,
  RoleSessionName: `${sessionName}-probe`,
  DurationSeconds: sessionSeconds,
});
