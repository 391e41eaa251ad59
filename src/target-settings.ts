import { z } from 'zod';
import { statementsShape } from './adapters/sql/statements.js';
import { ConfigError, httpUrl, variable, type Env } from './config-parts.js';

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes');

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

const httpEntry = z.strictObject({
  kind: z.literal('http'),
  name,
  base: targetBase,
  tokenEnv: variable,
});

const sqlEntry = z.strictObject({
  kind: z.literal('sql'),
  name,
  /** The variable that holds the address of the database, with the user and the password. */
  urlEnv: variable,
  statements: statementsShape,
});

/** The list `targets` of forbear.yaml. */
export const targetEntries = z
  .array(z.discriminatedUnion('kind', [httpEntry, sqlEntry]))
  // What was recorded is put back by the target of that name.
  .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'each needs a name of its own');

/** A target as forbear.yaml names it; its secret is in the variable that it names. */
export type TargetEntry = z.infer<typeof targetEntries>[number];
export type HttpEntry = Extract<TargetEntry, { kind: 'http' }>;

export type TargetConfig =
  | (Omit<HttpEntry, 'tokenEnv'> & { readonly token: string })
  | (Omit<Extract<TargetEntry, { kind: 'sql' }>, 'urlEnv'> & { readonly url: string });

/** The variable that holds the secret of a target. */
export const secretOf = (entry: TargetEntry): string =>
  entry.kind === 'http' ? entry.tokenEnv : entry.urlEnv;

/** An entry with what the environment holds for it. Throws `ConfigError`, which does not show it. */
export function targetOf(entry: TargetEntry, env: Env, who: string): TargetConfig {
  if (entry.kind === 'sql') {
    const { urlEnv, ...rest } = entry;
    return { ...rest, url: databaseAddress(env, urlEnv, who) };
  }
  const { tokenEnv, ...rest } = entry;
  return { ...rest, token: readTargetToken(env, tokenEnv, who) };
}

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

function databaseAddress(env: Env, urlEnv: string, who: string): string {
  const url = env[urlEnv]?.trim() ?? '';
  if (url === '') throw new ConfigError(`${who} takes its address from ${urlEnv}, which is not set`);
  if (!/^postgres(ql)?:\/\/\S+$/.test(url) || !URL.canParse(url))
    throw new ConfigError(
      `${who} takes its address from ${urlEnv}: it must be like postgres://user@host:5432/app`,
    );
  return url;
}
