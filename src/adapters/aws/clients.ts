import { clientBounds, type Credentials } from './credentials.js';

export type ClientOptions = {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly credentials: Credentials;
  readonly timeoutMs?: number | undefined;
};

/** The clients of one role, each of which is loaded and opened when it is first needed. */
export type Clients = ReturnType<typeof createClients>;

export function createClients({ region, endpoint, credentials, timeoutMs }: ClientOptions) {
  const settings = {
    region,
    credentials,
    ...(endpoint !== undefined && { endpoint }),
    ...clientBounds(timeoutMs),
  };
  return {
    ec2: once(async () => {
      const sdk = await import('@aws-sdk/client-ec2');
      return { sdk, client: new sdk.EC2Client(settings) };
    }),
    ecs: once(async () => {
      const sdk = await import('@aws-sdk/client-ecs');
      return { sdk, client: new sdk.ECSClient(settings) };
    }),
    autoScaling: once(async () => {
      const sdk = await import('@aws-sdk/client-auto-scaling');
      return { sdk, client: new sdk.AutoScalingClient(settings) };
    }),
    rds: once(async () => {
      const sdk = await import('@aws-sdk/client-rds');
      return { sdk, client: new sdk.RDSClient(settings) };
    }),
    lambda: once(async () => {
      const sdk = await import('@aws-sdk/client-lambda');
      return { sdk, client: new sdk.LambdaClient(settings) };
    }),
    s3: once(async () => {
      const sdk = await import('@aws-sdk/client-s3');
      // Stores other than AWS's own seldom have a host name for each bucket.
      return { sdk, client: new sdk.S3Client({ ...settings, forcePathStyle: endpoint !== undefined }) };
    }),
    iam: once(async () => {
      const sdk = await import('@aws-sdk/client-iam');
      return { sdk, client: new sdk.IAMClient(settings) };
    }),
    sts: once(async () => {
      const sdk = await import('@aws-sdk/client-sts');
      return { sdk, client: new sdk.STSClient(settings) };
    }),
  };
}

/** A load that fails is tried again by the next call. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | null = null;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}
