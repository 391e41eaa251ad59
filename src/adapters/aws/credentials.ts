import type { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

export type RoleOptions = {
  readonly region: string;
  /** Of a stand-in for AWS. */
  readonly endpoint?: string | undefined;
  readonly roleArn: string;
  /** What the role's trust asks for, so that nobody else can have us assume it. */
  readonly externalId: string;
  readonly timeoutMs?: number | undefined;
};

type Session = Awaited<ReturnType<ReturnType<typeof fromTemporaryCredentials>>>;

/** Gives the credentials of a role, fresh ones where the last are about to end. */
export type Credentials = () => Promise<Session>;

// The shortest that STS grants: what is stolen from us is worth nothing soon.
const sessionSeconds = 900;
// As AWS's own clients do; a call that waits for its retries must not outlive its credentials.
const renewBeforeMs = 5 * 60_000;

/** Bounds for every call to AWS: a silent endpoint is an error, and never a wait without end. */
export const clientBounds = (timeoutMs = 10_000) => ({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: timeoutMs / 2,
    requestTimeout: timeoutMs,
    throwOnRequestTimeout: true,
  },
});

/**
 * Assumes a role for a quarter of an hour at a time, one session for all clients that share it. Who we are before that is
 * told to AWS's client by the environment or the machine, as that client has it.
 */
export function assumedRole(options: RoleOptions): Credentials {
  let assuming: Promise<Session> | null = null;
  return async () => {
    const known = assuming === null ? null : await assuming;
    if (known !== null && !endsSoon(known)) return known;
    assuming = assume(options).catch((error: unknown) => {
      assuming = null;
      throw error;
    });
    return assuming;
  };
}

const endsSoon = ({ expiration }: Session) =>
  expiration === undefined || expiration.getTime() - Date.now() < renewBeforeMs;

async function assume(options: RoleOptions): Promise<Session> {
  const { region, endpoint, roleArn, externalId, timeoutMs } = options;
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const provide = fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: 'forbear',
      ExternalId: externalId,
      DurationSeconds: sessionSeconds,
    },
    clientConfig: { region, ...(endpoint !== undefined && { endpoint }), ...clientBounds(timeoutMs) },
  });
  return provide();
}
