import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { startMoto, type Moto } from './moto.js';

export type AwsWorld = Awaited<ReturnType<typeof startAwsWorld>>;

export const awsRegion = 'eu-central-1';
export const awsAccountId = '123456789012';

/** An AWS of the test's own, and clients of its owner. */
export async function startAwsWorld() {
  const moto: Moto = await startMoto();
  return { moto, ...ownersClients(moto.url) };
}

export function ownersClients(endpoint: string, keys = { accessKeyId: 'owner', secretAccessKey: 'owner' }) {
  const settings = { endpoint, region: awsRegion, credentials: keys, maxAttempts: 1 };
  return {
    ec2: new EC2Client(settings),
    ecs: new ECSClient(settings),
    autoScaling: new AutoScalingClient(settings),
    iam: new IAMClient(settings),
    lambda: new LambdaClient(settings),
    rds: new RDSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  };
}
