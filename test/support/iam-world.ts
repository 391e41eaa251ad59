import { EC2Client, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Moto } from './moto.js';

export type Key = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export const region = 'eu-central-1';
export const place = '123456789012';
export const arnOf = (kind: 'user' | 'role', name: string) => `arn:aws:iam::${place}:${kind}/${name}`;

const allow = (...actions: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  });

const trusting = (arn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: arn }, Action: 'sts:AssumeRole' }],
  });

/** The rights of the role that docs/kill-switch.md asks for. */
export const killerRights = [
  'iam:GetAccountAuthorizationDetails',
  'iam:GetUser',
  'iam:GetRole',
  'iam:GetUserPolicy',
  'iam:GetRolePolicy',
  'iam:PutUserPolicy',
  'iam:PutRolePolicy',
  'iam:DeleteUserPolicy',
  'iam:DeleteRolePolicy',
  'iam:ListAccessKeys',
  'iam:GetAccessKeyLastUsed',
  'iam:SimulatePrincipalPolicy',
  'sts:AssumeRole',
];

/** An AWS account with Forbear in it, a break-glass role, and customers; from then on every call needs a right. */
export async function makeIamWorld(moto: Moto) {
  const connection = { region, endpoint: moto.url, maxAttempts: 1 };
  await moto.reset();
  await moto.enforceRights(Infinity);
  const root = new IAMClient({
    ...connection,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

  const tagged = (account?: string) =>
    account === undefined ? {} : { Tags: [{ Key: 'forbear:account', Value: account }] };
  const addUser = async (UserName: string, account?: string, actions = ['ec2:*', 's3:*']): Promise<Key> => {
    await root.send(new CreateUserCommand({ UserName, ...tagged(account) }));
    await root.send(
      new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: allow(...actions) }),
    );
    const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  };
  const addRole = async (RoleName: string, account?: string, actions = ['ec2:*'], Path = '/') => {
    const AssumeRolePolicyDocument = trusting(arnOf('user', 'forbear'));
    await root.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument, ...tagged(account) }));
    const policy = { PolicyName: 'own', PolicyDocument: allow(...actions) };
    await root.send(new PutRolePolicyCommand({ RoleName, ...policy }));
  };

  const forbear = await addUser('forbear', undefined, killerRights);
  await addRole('break-glass', undefined, ['*']);
  const keys = { acme: await addUser('acme', 'acme'), beta: await addUser('beta', 'beta') };
  await addRole('acme-app', 'acme', ['ec2:*'], '/customers/');
  // A user of its own, whose rights no test changes.
  const admin = await addUser('admin', undefined, ['*']);
  await moto.enforceRights(0);
  const iam = new IAMClient({ ...connection, credentials: admin });

  return {
    forbear,
    keys,
    iam,
    /** Whether a call as its owner is allowed now. */
    async works(credentials: Key): Promise<boolean> {
      try {
        await new EC2Client({ ...connection, credentials }).send(new DescribeInstancesCommand({}));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'AccessDenied') return false;
        throw error;
      }
    },
    async sessionOf(role: string): Promise<Key> {
      const sts = new STSClient({ ...connection, credentials: forbear });
      const { Credentials: given } = await sts.send(
        new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'customer' }),
      );
      return {
        accessKeyId: given!.AccessKeyId!,
        secretAccessKey: given!.SecretAccessKey!,
        sessionToken: given!.SessionToken!,
      };
    },
    /** Every principal with the text of each inline policy, byte for byte. */
    async policies(): Promise<Readonly<Record<string, unknown>>> {
      const all = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['User', 'Role'] }));
      const texts = [
        ...(all.UserDetailList ?? []).map(({ Arn = '', UserPolicyList: own }) => [Arn, own] as const),
        ...(all.RoleDetailList ?? []).map(({ Arn = '', RolePolicyList: own }) => [Arn, own] as const),
      ];
      return Object.fromEntries<unknown>(texts);
    },
    tagUser: (UserName: string, Value: string) =>
      iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'forbear:account', Value }] })),
    setRights: (UserName: string, actions: readonly string[]) =>
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: allow(...actions) })),
    putPolicy: (UserName: string, PolicyName: string, PolicyDocument: string) =>
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })),
  };
}

export type IamWorld = Awaited<ReturnType<typeof makeIamWorld>>;
