import { z } from 'zod';
import { accountTag } from './tags.js';

export const serviceNames = ['ecs', 'ec2', 'autoscaling', 'rds', 'lambda', 's3'] as const;
export type Service = (typeof serviceNames)[number];

const roleArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'must be the ARN of a role');

const principalArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/, 'must be the ARN of a role or a user');

/** `user/{ref}`, `role/customer-{ref}`. */
const principal = z
  .string()
  .regex(
    /^(user|role)\/[\w+=,.@-]*\{ref\}[\w+=,.@-]*$/,
    'must be user/… or role/… with {ref} where the name of the account stands',
  );

/** What of an AWS account is a target, as forbear.yaml has it; its name and its external id stand beside it. */
export const awsFields = {
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1'),
  /** Of a stand-in for AWS. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  roles: z
    .strictObject({ pause: roleArn, decommission: roleArn.optional() })
    .refine(({ pause, decommission }) => pause !== decommission, 'to pause and to delete take two roles'),
  tag: z
    .string()
    .regex(/^(?!aws:)[\w.:/=+@-]{1,128}$/, 'must be the key of a tag')
    .default(accountTag),
  services: z
    .array(z.enum(serviceNames))
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'name each service once'),
  /** Who is never bound and never shut out of a bucket, whatever else is said: those who help when all else fails. */
  protected: z.array(principalArn).min(1, 'name at least one way in for people').optional(),
  /** The customers' own users and roles, which a lock binds; absent where they have none. */
  lock: z
    .strictObject({
      principals: z.array(principal).min(1).max(10),
    })
    .optional(),
  decommission: z
    .strictObject({ kinds: z.array(z.enum(['ec2-instance', 'rds-instance'])).min(1) })
    .optional(),
} as const;

export type AwsSettings = z.infer<z.ZodObject<typeof awsFields>>;
