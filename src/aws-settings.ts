import { z } from 'zod';
import { awsFields } from './adapters/aws/settings.js';
import { entryName, valueOf, variable, type Env } from './config-parts.js';

/** An AWS account as forbear.yaml has it; who signs in there first is AWS's own configuration. */
export const awsEntry = z
  .strictObject({
    kind: z.literal('aws'),
    name: entryName,
    /** The variable that holds the external id, which the trust of the roles asks for. */
    externalIdEnv: variable,
    ...awsFields,
  })
  .refine(
    ({ lock, services, protected: spared }) =>
      spared !== undefined || (lock === undefined && !services.includes('s3')),
    {
      path: ['protected'],
      error: 'name at least one way in for people, where users are bound or buckets are shut',
    },
  );

type AwsEntry = z.infer<typeof awsEntry>;
export type AwsConfig = Omit<AwsEntry, 'externalIdEnv'> & { readonly externalId: string };

const externalId = z
  .string()
  .regex(/^[\w+=,.@:/-]{2,1224}$/, 'is not as AWS takes it: 2 to 1224 letters, digits and +=,.@:/-');

/** An entry with its external id. Throws `ConfigError`, which does not show it. */
export function awsOf({ externalIdEnv, ...rest }: AwsEntry, env: Env, who: string): AwsConfig {
  return { ...rest, externalId: valueOf(env, externalIdEnv, externalId, `${who}: its roles`) };
}
