import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import type { AwsTargetOptions } from '../../src/adapters/aws/account.js';
import { createAwsTarget } from '../../src/adapters/aws/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Target } from '../../src/ports/target.js';
import { createAwsResources } from './aws-resources.js';
import { awsAccountId, awsRegion, startAwsWorld, type AwsWorld } from './aws-world.js';

export const acme = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };

export const roleArn = (name: string) => `arn:aws:iam::${awsAccountId}:role/${name}`;

export type AwsSuite = {
  readonly world: () => AwsWorld;
  readonly make: () => ReturnType<typeof createAwsResources>;
  /** The target of the tests, on every service, by the two roles of the documentation. */
  readonly target: (changes?: Partial<AwsTargetOptions>) => Target;
};

/** One AWS for all tests of a file, empty before each. */
export function awsSuite(): AwsSuite {
  let world: AwsWorld;
  let make: ReturnType<typeof createAwsResources>;
  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'forbear');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'never-to-be-shown');
    world = await startAwsWorld();
    make = createAwsResources(world);
  }, 60_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await world.moto.close();
  });
  afterEach(() => world.moto.reset());
  return {
    world: () => world,
    make: () => make,
    target: (changes = {}) =>
      createAwsTarget({
        name: 'aws',
        region: awsRegion,
        endpoint: world.moto.url,
        externalId: 'what-only-we-two-know',
        roles: { pause: roleArn('forbear-pause'), decommission: roleArn('forbear-decommission') },
        tag: 'forbear:account',
        services: ['ecs', 'ec2', 'autoscaling', 'rds', 'lambda', 's3'],
        timeoutMs: 5_000,
        ...changes,
      }),
  };
}
