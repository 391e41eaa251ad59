import { z } from 'zod';
import { literalOf, whyRefused } from './adapters/http/addresses.js';
import { statementsShape } from './adapters/sql/statements.js';
import { kubernetesEntry, kubernetesOf, type KubernetesConfig } from './kubernetes-settings.js';
import { awsEntry, awsOf, type AwsConfig } from './aws-settings.js';
import {
  ConfigError,
  entryName,
  httpUrl,
  postgresUrl,
  signingSecret,
  valueOf,
  variable,
  type Env,
} from './config-parts.js';

/** Where a platform speaks the contract. */
export const targetBase = httpUrl.refine(
  (text) => {
    // What is no URL at all is told by the shape itself.
    if (!URL.canParse(text)) return true;
    const { username, password, search, hash } = new URL(text);
    return [username, password, search, hash].every((part) => part === '');
  },
  { error: 'must end with the path, and holds no user, password, query or fragment' },
);

const httpEntry = z
  .strictObject({
    kind: z.literal('http'),
    name: entryName,
    base: targetBase,
    tokenEnv: variable,
    /** The variable that holds the secret with which each request is signed; without it, none is. */
    secretEnv: variable.optional(),
    /** The platform is inside the operator's own network. */
    allowPrivate: z.boolean().optional(),
  })
  // What a name leads to is known only when it is asked for.
  .superRefine(({ base, allowPrivate = false }, context) => {
    const literal = URL.canParse(base) ? literalOf(new URL(base)) : null;
    const why = literal === null ? null : whyRefused(literal, allowPrivate);
    if (why !== null) context.addIssue({ code: 'custom', path: ['base'], message: why });
  });

const sqlEntry = z.strictObject({
  kind: z.literal('sql'),
  name: entryName,
  /** The variable that holds the address of the database, with the user and the password. */
  urlEnv: variable,
  statements: statementsShape,
});

/** The list `targets` of forbear.yaml. */
export const targetEntries = z
  .array(z.discriminatedUnion('kind', [httpEntry, sqlEntry, kubernetesEntry, awsEntry]))
  // What was recorded is put back by the target of that name.
  .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'each needs a name of its own');

/** A target as forbear.yaml names it; its secret is in the variable that it names. */
export type TargetEntry = z.infer<typeof targetEntries>[number];
export type HttpEntry = Extract<TargetEntry, { kind: 'http' }>;

export type TargetConfig =
  | (Omit<HttpEntry, 'tokenEnv' | 'secretEnv'> & { readonly token: string; readonly secret?: string })
  | (Omit<Extract<TargetEntry, { kind: 'sql' }>, 'urlEnv'> & { readonly url: string })
  | KubernetesConfig
  | AwsConfig;

/** The variable that holds the secret of a target; `null` where none does. */
export function secretOf(entry: TargetEntry): string | null {
  if (entry.kind === 'kubernetes') return entry.kubeconfigEnv ?? null;
  if (entry.kind === 'aws') return entry.externalIdEnv;
  return entry.kind === 'http' ? entry.tokenEnv : entry.urlEnv;
}

/** An entry with what the environment holds for it. Throws `ConfigError`, which does not show it. */
export function targetOf(entry: TargetEntry, env: Env, who: string): TargetConfig {
  if (entry.kind === 'sql') {
    const { urlEnv, ...rest } = entry;
    return { ...rest, url: valueOf(env, urlEnv, postgresUrl, `${who}: its statements`) };
  }
  if (entry.kind === 'kubernetes') return kubernetesOf(entry, env, who);
  if (entry.kind === 'aws') return awsOf(entry, env, who);
  const { tokenEnv, secretEnv, ...rest } = entry;
  return {
    ...rest,
    token: readTargetToken(env, tokenEnv, who),
    ...(secretEnv !== undefined && { secret: readTargetSecret(env, secretEnv, who) }),
  };
}

/** The secret for signing that a variable holds. Throws `ConfigError`, which does not show it. */
export const readTargetSecret = (env: Env, secretEnv: string, who: string): string =>
  valueOf(env, secretEnv, signingSecret, `${who}: its signatures`);

/** The token that a variable holds. Throws `ConfigError`, which does not show it. */
export function readTargetToken(env: Env, tokenEnv: string, who: string): string {
  const token = env[tokenEnv]?.trim() ?? '';
  if (token === '') throw new ConfigError(`${who} takes its token from ${tokenEnv}, which is not set`);
  // Anything else can't go into a header, and every request would fail as if the platform were down.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new ConfigError(
      `${who} takes its token from ${tokenEnv}: it may hold letters, digits and signs of ASCII, and no spaces`,
    );
  return token;
}
