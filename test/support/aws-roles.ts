import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { policyFor, trustFor, type Needs, type RoleName } from '../../src/adapters/aws/policies.js';
import { roleArn } from './aws-suite.js';
import { awsAccountId, type AwsWorld } from './aws-world.js';

export type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** A user with a key and these rights. */
export async function createAwsUser(
  { iam }: AwsWorld,
  UserName: string,
  Action: readonly string[],
  ref?: string,
): Promise<Keys> {
  const Tags = ref === undefined ? [] : [{ Key: 'forbear:account', Value: ref }];
  await iam.send(new CreateUserCommand({ UserName, Tags }));
  const Statement = [{ Effect: 'Allow', Action, Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'rights', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
}

/** Sets up what docs/targets/aws.md says: a user that may assume two roles, each with its policy. Returns the user's keys. */
export async function createForbearRoles(
  world: AwsWorld,
  needs: Omit<Needs, 'roleArn'>,
  externalId: string,
): Promise<Keys> {
  const keys = await createAwsUser(world, 'forbear', ['sts:AssumeRole']);
  const trust = trustFor(`arn:aws:iam::${awsAccountId}:user/forbear`, externalId);
  for (const role of ['pause', 'decommission'] as const) await createRole(world, role, needs, trust);
  return keys;
}

async function createRole({ iam }: AwsWorld, role: RoleName, needs: Omit<Needs, 'roleArn'>, trust: object) {
  const RoleName = `forbear-${role}`;
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const policy = policyFor(role, { ...needs, roleArn: roleArn(RoleName) });
  const PolicyDocument = JSON.stringify(policy);
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'forbear', PolicyDocument }));
}
