import { z } from 'zod';
import { ConfigError, entryName, httpUrl, valueOf, variable, type Env } from './config-parts.js';
import { principalOf } from './domain/principal.js';
import { SECOND_MS } from './domain/time.js';

const principal = z
  .string()
  .refine(
    (arn) => principalOf(arn) !== null,
    'must be the ARN of one user or role, such as arn:aws:iam::123456789012:role/break-glass',
  );

const entry = z
  .strictObject({
    name: entryName,
    region: z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'must be a region such as eu-central-1'),
    /** Of something else that speaks AWS's API. */
    endpoint: httpUrl.optional(),
    /** Taken on for everything; without it, what the environment or the machine gives acts itself. */
    role: principal.optional(),
    externalIdEnv: variable.optional(),
    /** The key of the tag whose value is the account's ref. */
    tag: z
      .string()
      .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u, 'can be no key of a tag')
      .default('forbear:account'),
    /** Break-glass and operators: whoever is here makes a plan void that would touch him. */
    protected: z.array(principal).min(1, 'names nobody: at least one break-glass role has to be protected'),
    /** More principals of one account than that, and nothing is done. */
    most: z.int().min(1).max(1_000).default(50),
    /** So long a change may take to have an effect. */
    settleSeconds: z.int().min(0).max(600).default(60),
    /** The variable that may hold keys of principals, with which calls are made as them. */
    verifyWithEnv: variable.optional(),
    /** Whether a role of the account may be taken on to make a call, where it trusts us. */
    verifyAsRoles: z.boolean().default(false),
  })
  // Without one, whoever knows the role's name could have us take it on for him.
  .refine(({ role, externalIdEnv }) => (role === undefined) === (externalIdEnv === undefined), {
    path: ['externalIdEnv'],
    error: 'belongs to the role: name both, or neither',
  });

/** The list `killSwitch` of forbear.yaml: one entry for each AWS account in which customers have principals. */
export const killSwitchEntries = z
  .array(entry)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'each needs a name of its own');

/** An access key of a principal, or of a session of it. */
export type Probe = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type KillSwitchConfig = Omit<
  z.infer<typeof entry>,
  'role' | 'externalIdEnv' | 'verifyWithEnv' | 'settleSeconds'
> & {
  readonly role: { readonly arn: string; readonly externalId: string } | null;
  readonly probes: readonly Probe[];
  readonly settleMs: number;
};

// By AWS's rule for external ids.
const externalId = z.string().regex(/^[\w+=,.@:/-]{2,1224}$/, 'can be no external id');

/** An entry with what the environment holds for it. Throws `ConfigError`, which shows no secret. */
export function killSwitchOf(given: z.infer<typeof entry>, env: Env, who: string): KillSwitchConfig {
  const { role: arn, externalIdEnv, verifyWithEnv, settleSeconds, ...rest } = given;
  const isRole = arn !== undefined && externalIdEnv !== undefined;
  return {
    ...rest,
    settleMs: settleSeconds * SECOND_MS,
    role: isRole ? { arn, externalId: valueOf(env, externalIdEnv, externalId, who) } : null,
    // Keys of customers are at hand for a drill, and else not.
    probes: verifyWithEnv === undefined ? [] : probesIn(env, verifyWithEnv, who),
  };
}

function probesIn(env: Env, name: string, who: string): Probe[] {
  const words = (env[name] ?? '').split(/\s+/).filter(Boolean);
  return words.map((word) => {
    const [accessKeyId = '', secretAccessKey = '', sessionToken, ...more] = word.split(':');
    if (!/^[A-Z0-9]{16,128}$/.test(accessKeyId) || secretAccessKey === '' || more.length > 0)
      throw new ConfigError(
        `${who}: ${name} holds id:secret or id:secret:token of access keys, with spaces between them`,
      );
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  });
}
