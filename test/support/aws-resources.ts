import {
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeImagesCommand, DescribeInstancesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { CreateDBClusterCommand, CreateDBInstanceCommand } from '@aws-sdk/client-rds';
import { CreateBucketCommand, PutBucketPolicyCommand, PutBucketTaggingCommand } from '@aws-sdk/client-s3';
import { awsAccountId, awsRegion, type AwsWorld } from './aws-world.js';

const tagOf = (ref: string) => ({ Key: 'forbear:account', Value: ref });

/** Makes running things for an account, as its owner would, and returns their ARNs. */
export function createAwsResources(world: AwsWorld) {
  let imageId: string | undefined;
  const image = async () =>
    (imageId ??= (await world.ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }))).Images?.[0]
      ?.ImageId);

  return {
    async instance(ref: string, count = 1): Promise<string[]> {
      const asked = {
        ImageId: await image(),
        InstanceType: 't3.micro' as const,
        MinCount: count,
        MaxCount: count,
        TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [tagOf(ref)] }],
      };
      const { Instances = [] } = await world.ec2.send(new RunInstancesCommand(asked));
      return Instances.map(({ InstanceId }) => arn('ec2', `instance/${InstanceId}`));
    },
    async service(ref: string, name: string, desiredCount: number): Promise<string> {
      await world.ecs.send(new CreateClusterCommand({ clusterName: 'apps' }));
      const containerDefinitions = [{ name: 'app', image: 'app', memory: 128 }];
      await world.ecs.send(new RegisterTaskDefinitionCommand({ family: 'app', containerDefinitions }));
      const tags = [{ key: 'forbear:account', value: ref }];
      const asked = { cluster: 'apps', serviceName: name, taskDefinition: 'app', desiredCount, tags };
      const { service } = await world.ecs.send(new CreateServiceCommand(asked));
      // What this AWS creates is pending until it is changed once.
      await world.ecs.send(new UpdateServiceCommand({ cluster: 'apps', service: name, desiredCount }));
      return service?.serviceArn ?? '';
    },
    async group(
      ref: string,
      name: string,
      [MinSize, DesiredCapacity, MaxSize]: readonly [number, number, number],
    ) {
      const launch = {
        LaunchConfigurationName: `${name}-launch`,
        ImageId: await image(),
        InstanceType: 't3.micro',
      };
      await world.autoScaling.send(new CreateLaunchConfigurationCommand(launch));
      const asked = {
        AutoScalingGroupName: name,
        LaunchConfigurationName: `${name}-launch`,
        AvailabilityZones: [`${awsRegion}a`],
        MinSize,
        MaxSize,
        DesiredCapacity,
        Tags: [{ ...tagOf(ref), PropagateAtLaunch: true }],
      };
      await world.autoScaling.send(new CreateAutoScalingGroupCommand(asked));
      const named = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
      return (await world.autoScaling.send(named)).AutoScalingGroups?.[0]?.AutoScalingGroupARN ?? '';
    },
    async database(ref: string, name: string, more: { readonly DeletionProtection?: boolean } = {}) {
      const shape = { Engine: 'postgres', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20, ...more };
      const login = { MasterUsername: 'app', MasterUserPassword: 'not-a-secret' };
      const asked = { DBInstanceIdentifier: name, ...shape, ...login, Tags: [tagOf(ref)] };
      const { DBInstance } = await world.rds.send(new CreateDBInstanceCommand(asked));
      return DBInstance?.DBInstanceArn ?? '';
    },
    async cluster(ref: string, name: string): Promise<string> {
      const login = { MasterUsername: 'app', MasterUserPassword: 'not-a-secret' };
      const asked = { DBClusterIdentifier: name, Engine: 'aurora-postgresql', ...login, Tags: [tagOf(ref)] };
      const { DBCluster } = await world.rds.send(new CreateDBClusterCommand(asked));
      const member = { DBInstanceIdentifier: `${name}-1`, DBClusterIdentifier: name, Tags: [tagOf(ref)] };
      const shape = { Engine: 'aurora-postgresql', DBInstanceClass: 'db.t3.medium' };
      await world.rds.send(new CreateDBInstanceCommand({ ...member, ...shape }));
      return DBCluster?.DBClusterArn ?? '';
    },
    async function(ref: string, name: string, reserved: number | null): Promise<string> {
      const Role = await roleForFunctions(world);
      const code = { Runtime: 'nodejs22.x' as const, Handler: 'a.b', Code: { ZipFile: Buffer.from('zip') } };
      const asked = { FunctionName: name, Role, ...code, Tags: { 'forbear:account': ref } };
      const { FunctionArn = '' } = await world.lambda.send(new CreateFunctionCommand(asked));
      if (reserved !== null) {
        const concurrency = { FunctionName: name, ReservedConcurrentExecutions: reserved };
        await world.lambda.send(new PutFunctionConcurrencyCommand(concurrency));
      }
      return FunctionArn;
    },
    async bucket(ref: string, Bucket: string, policy: object | null): Promise<string> {
      const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' as const };
      await world.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
      await world.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [tagOf(ref)] } }));
      if (policy !== null)
        await world.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));
      return `arn:aws:s3:::${Bucket}`;
    },
    async instanceState(instanceArn: string): Promise<string> {
      const InstanceIds = [instanceArn.split('/').at(-1) ?? ''];
      const { Reservations } = await world.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
      return Reservations?.[0]?.Instances?.[0]?.State?.Name ?? 'none';
    },
  };
}

const arn = (service: string, resource: string) =>
  `arn:aws:${service}:${awsRegion}:${awsAccountId}:${resource}`;

async function roleForFunctions({ iam }: AwsWorld): Promise<string> {
  const RoleName = `functions-${crypto.randomUUID()}`;
  const asked = {
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
  };
  return (await iam.send(new CreateRoleCommand(asked))).Role?.Arn ?? '';
}
