import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAwsTarget } from '../../src/adapters/aws/target.js';
import type { AwsTargetOptions } from '../../src/adapters/aws/account.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Target } from '../../src/ports/target.js';
import { verifyThroughPort } from '../../src/targets/verify/verify.js';
import { createAwsResources } from '../support/aws-resources.js';
import { awsAccountId, awsRegion, startAwsWorld, type AwsWorld } from '../support/aws-world.js';
import { motoMissing, motoPath } from '../support/moto.js';

const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };
const allOk = ['list', 'look', 'lock', 'drain', 'pause', 'resume', 'unlock'].map((id) => `${id} ok`);

describe.skipIf(motoPath === null)(`AWS as a target${motoMissing}`, () => {
  let world: AwsWorld;
  let make: ReturnType<typeof createAwsResources>;

  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'forbear');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'forbear');
    world = await startAwsWorld();
  }, 60_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await world.moto.close();
  });
  beforeEach(() => {
    make = createAwsResources(world);
  });
  afterEach(() => world.moto.reset());

  const role = (name: string) => `arn:aws:iam::${awsAccountId}:role/${name}`;
  const target = (changes: Partial<AwsTargetOptions> = {}) =>
    createAwsTarget({
      name: 'aws',
      region: awsRegion,
      endpoint: world.moto.url,
      externalId: 'outside',
      roles: { pause: role('forbear-pause'), decommission: role('forbear-decommission') },
      tag: 'forbear:account',
      services: ['ecs', 'ec2', 'autoscaling', 'rds', 'lambda', 's3'],
      timeoutMs: 5_000,
      ...changes,
    });

  async function outcomesOf(verified: Target): Promise<string[]> {
    const { signal } = new AbortController();
    const outcomes: string[] = [];
    for await (const told of verifyThroughPort({ target: verified, ref: 'acme', waitMs: 2_000, signal }))
      if (told.kind === 'check')
        outcomes.push(told.result.outcome === 'ok' ? `${told.result.id} ok` : JSON.stringify(told.result));
    return outcomes;
  }

  const samples: Record<string, () => Promise<unknown>> = {
    'ECS services': () => make.service('acme', 'web', 3),
    'EC2 instances': () => make.instance('acme', 2),
    'Auto Scaling groups': () => make.group('acme', 'fleet', [1, 2, 4]),
    'RDS instances': () => make.database('acme', 'store'),
    'RDS clusters': () => make.cluster('acme', 'aurora'),
    'Lambda functions with a reservation': () => make.function('acme', 'job', 7),
    'Lambda functions without one': () => make.function('acme', 'job', null),
    'S3 buckets without a policy': () => make.bucket('acme', 'acme-files', null),
  };

  describe('TT-3 TT-5 keeps what the port promises for', () => {
    it.each(Object.keys(samples))('%s', async (sample) => {
      await samples[sample]?.();
      expect(await outcomesOf(target())).toEqual(allOk);
    });
  });

  it('finds', async () => {
    expect(await target().find(account)).toEqual([]);
  });
});
