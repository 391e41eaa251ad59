import { arnOf } from './arn.js';
import type { Service } from './settings.js';
import { fenceTag, lockedTag } from './tags.js';

type Statement = {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** A policy of IAM. */
export type Document = { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] };

export type RoleName = 'pause' | 'decommission';

export type Needs = {
  readonly services: readonly Service[];
  readonly tag: string;
  /** Whether a lock binds the customers' own users and roles. */
  readonly bindsPrincipals: boolean;
  readonly deletable: readonly ('ec2-instance' | 'rds-instance')[];
  /** The role itself, which asks IAM what it may. */
  readonly roleArn: string;
};

type Actions = {
  readonly look: readonly string[];
  readonly act: readonly string[];
  readonly mark: readonly string[];
};

const actions: Readonly<Record<Service, Actions>> = {
  ecs: {
    look: ['ecs:DescribeServices', 'ecs:ListClusters', 'ecs:ListServices'],
    act: ['ecs:UpdateService'],
    mark: ['ecs:TagResource', 'ecs:UntagResource'],
  },
  ec2: {
    look: ['ec2:DescribeInstances'],
    act: ['ec2:StartInstances', 'ec2:StopInstances'],
    mark: ['ec2:CreateTags', 'ec2:DeleteTags'],
  },
  autoscaling: {
    look: ['autoscaling:DescribeAutoScalingGroups'],
    act: [
      'autoscaling:ResumeProcesses',
      'autoscaling:SuspendProcesses',
      'autoscaling:UpdateAutoScalingGroup',
    ],
    mark: ['autoscaling:CreateOrUpdateTags', 'autoscaling:DeleteTags'],
  },
  rds: {
    look: ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'],
    act: ['rds:StartDBCluster', 'rds:StartDBInstance', 'rds:StopDBCluster', 'rds:StopDBInstance'],
    mark: ['rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
  },
  lambda: {
    look: [
      'lambda:GetFunctionConcurrency',
      'lambda:GetFunctionConfiguration',
      'lambda:ListFunctions',
      'lambda:ListTags',
    ],
    act: ['lambda:DeleteFunctionConcurrency', 'lambda:PutFunctionConcurrency'],
    mark: ['lambda:TagResource', 'lambda:UntagResource'],
  },
  s3: {
    look: ['s3:GetBucketPolicy', 's3:GetBucketTagging', 's3:ListAllMyBuckets'],
    act: ['s3:DeleteBucketPolicy', 's3:PutBucketPolicy'],
    mark: [],
  },
};

/** The whole policy of a role: what it needs and nothing else. Pure. */
export function policyFor(role: RoleName, needs: Needs): Document {
  const statements = role === 'pause' ? pauseStatements(needs) : decommissionStatements(needs);
  const ask = { ...allow('AskWhatIsAllowed', ['iam:SimulatePrincipalPolicy']), Resource: needs.roleArn };
  return { Version: '2012-10-17', Statement: [...statements, ask] };
}

/** Every action that a policy allows, each once. Pure. */
export const actionsIn = ({ Statement }: Document): string[] =>
  [...new Set(Statement.flatMap(({ Action }) => Action))].sort();

/**
 * What a role that Forbear has must not be able to do, unless its policy names it: to delete, and to give itself or
 * others more rights.
 */
export const dangerous: readonly string[] = [
  'autoscaling:DeleteAutoScalingGroup',
  'ec2:DeleteSnapshot',
  'ec2:DeleteVolume',
  'ec2:TerminateInstances',
  'ecs:DeleteService',
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:PassRole',
  'iam:PutRolePolicy',
  'iam:PutUserPolicy',
  'lambda:DeleteFunction',
  'lambda:UpdateFunctionCode',
  'rds:DeleteDBCluster',
  'rds:DeleteDBInstance',
  'rds:DeleteDBSnapshot',
  's3:DeleteBucket',
  's3:DeleteObject',
  's3:GetObject',
];

/** Who may assume a role, and under which external id. Pure. */
export function trustFor(trusted: string, externalId: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ForbearAlone',
        Effect: 'Allow',
        Principal: { AWS: trusted },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalId } },
      },
    ],
  };
}

/** What would start, grow or unlock something that is locked. */
const locked: readonly string[] = [
  'autoscaling:CreateOrUpdateTags',
  'autoscaling:DeleteTags',
  'autoscaling:ExecutePolicy',
  'autoscaling:ResumeProcesses',
  'autoscaling:SetDesiredCapacity',
  'autoscaling:StartInstanceRefresh',
  'autoscaling:UpdateAutoScalingGroup',
  'ec2:CreateTags',
  'ec2:DeleteTags',
  'ec2:ModifyInstanceAttribute',
  'ec2:RebootInstances',
  'ec2:StartInstances',
  'ecs:TagResource',
  'ecs:UntagResource',
  'ecs:UpdateService',
  'lambda:DeleteFunctionConcurrency',
  'lambda:PutFunctionConcurrency',
  'lambda:TagResource',
  'lambda:UntagResource',
  'lambda:UpdateFunctionCode',
  'lambda:UpdateFunctionConfiguration',
  'rds:AddTagsToResource',
  'rds:ModifyDBCluster',
  'rds:ModifyDBInstance',
  'rds:RebootDBInstance',
  'rds:RemoveTagsFromResource',
  'rds:StartDBCluster',
  'rds:StartDBInstance',
];

/** What would bring something new into being, or take the denial away. */
const anew: readonly string[] = [
  'autoscaling:CreateAutoScalingGroup',
  'ec2:RunInstances',
  'ecs:CreateService',
  'ecs:RunTask',
  'ecs:StartTask',
  'iam:DeleteRolePolicy',
  'iam:DeleteUserPolicy',
  'iam:PutRolePolicy',
  'iam:PutUserPolicy',
  'lambda:CreateFunction',
  'rds:CreateDBCluster',
  'rds:CreateDBInstance',
  'rds:RestoreDBInstanceFromDBSnapshot',
];

const onLocked = (): Statement => ({
  ...allow('ForbearLocked', locked),
  Effect: 'Deny',
  Condition: { StringEquals: { [`aws:ResourceTag/${lockedTag}`]: 'true' } },
});

/** The denial that a lock puts on each of the customer's own users and roles. Pure. */
export const lockDocument = (): Document => ({
  Version: '2012-10-17',
  Statement: [onLocked(), { ...allow('ForbearNothingNew', anew), Effect: 'Deny' }],
});

/**
 * The denial that stands all the time and gives the tag of a lock its force, for a service control policy, a permissions
 * boundary, or whatever the customers act through. Pure.
 */
export function standingDenial(spared: readonly string[]): Document {
  const denial = onLocked();
  const but = { ArnNotEquals: { 'aws:PrincipalArn': spared } };
  return { Version: '2012-10-17', Statement: [{ ...denial, Condition: { ...denial.Condition, ...but } }] };
}

const allow = (Sid: string, Action: readonly string[]): Statement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource: '*',
});

// Only what somebody has tagged as an account's.
const tagged = (tag: string) => ({ Null: { [`aws:ResourceTag/${tag}`]: 'false' } });

function pauseStatements({ services, tag, bindsPrincipals, deletable, roleArn }: Needs): Statement[] {
  const all = (what: keyof Actions, of = services) => of.flatMap((service) => actions[service][what]);
  // IAM knows no tags of a bucket.
  const byTag = services.filter((service) => service !== 's3');
  const own = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [fenceTag, lockedTag] } };
  return [
    allow('Look', all('look')),
    ...(byTag.length === 0
      ? []
      : [
          { ...allow('SwitchOffAndOn', all('act', byTag)), Condition: tagged(tag) },
          { ...allow('Mark', all('mark', byTag)), Condition: { ...tagged(tag), ...own } },
        ]),
    ...(services.includes('s3')
      ? [{ ...allow('ShutBuckets', actions.s3.act), Resource: `arn:${partitionOf(roleArn)}:s3:::*` }]
      : []),
    // A database is archived when it is stopped: when it is to be deleted, it is too late.
    ...(deletable.includes('rds-instance') ? [databaseArchives(roleArn, ['rds:CreateDBSnapshot'])] : []),
    ...(bindsPrincipals ? bindings(tag) : []),
  ];
}

const bindings = (tag: string): Statement[] => [
  allow('LookAtCustomers', ['iam:GetRole', 'iam:GetRolePolicy', 'iam:GetUser', 'iam:GetUserPolicy']),
  {
    ...allow('BindCustomers', [
      'iam:DeleteRolePolicy',
      'iam:DeleteUserPolicy',
      'iam:PutRolePolicy',
      'iam:PutUserPolicy',
    ]),
    Condition: tagged(tag),
  },
];

function decommissionStatements({ tag, deletable, roleArn }: Needs): Statement[] {
  const volumes: Statement[] = [
    allow('LookAtInstances', ['ec2:DescribeInstances', 'ec2:DescribeSnapshots']),
    allow('ArchiveVolumes', ['ec2:CreateSnapshots']),
    {
      ...allow('LabelArchives', ['ec2:CreateTags']),
      Resource: `arn:${partitionOf(roleArn)}:ec2:*::snapshot/*`,
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateSnapshots' } },
    },
    { ...allow('DeleteInstances', ['ec2:TerminateInstances']), Condition: tagged(tag) },
  ];
  const databases: Statement[] = [
    allow('LookAtDatabases', ['rds:DescribeDBInstances', 'rds:DescribeDBSnapshots']),
    databaseArchives(roleArn, ['rds:AddTagsToResource', 'rds:CreateDBSnapshot']),
    { ...allow('DeleteDatabases', ['rds:DeleteDBInstance']), Condition: tagged(tag) },
  ];
  return [
    ...(deletable.includes('ec2-instance') ? volumes : []),
    ...(deletable.includes('rds-instance') ? databases : []),
  ];
}

const databaseArchives = (roleArn: string, Action: readonly string[]): Statement => ({
  ...allow('ArchiveDatabases', Action),
  Resource: ['db:*', 'snapshot:forbear-*'].map((what) => `arn:${partitionOf(roleArn)}:rds:*:*:${what}`),
});

const partitionOf = (arn: string) => arnOf(arn)?.partition ?? 'aws';
