import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { alertEntries, channelOf, type AlertConfig } from './alert-settings.js';
import { approverEntries, approversOf, type ApproverSlack } from './approver-settings.js';
import { breakerEntry, breakersOf } from './breaker-settings.js';
import { ConfigError, httpUrl, type Env } from './config-parts.js';
import type { BreakerRules } from './domain/breaker.js';

/** Where a platform speaks the contract. */
const targetBase = httpUrl.refine(
  (text) => {
    // What is no URL at all is told by the shape itself.
    if (!URL.canParse(text)) return true;
    const { username, password, search, hash } = new URL(text);
    return [username, password, search, hash].every((part) => part === '');
  },
  { error: 'must end with the path, and holds no user, password, query or fragment' },
);

const fileShape = z.strictObject({
  targets: z
    .array(
      z.strictObject({
        kind: z.literal('http'),
        name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes'),
        base: targetBase,
        tokenEnv: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'name the environment variable that holds the token'),
      }),
    )
    // What was recorded is put back by the target of that name.
    .refine(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      'each needs a name of its own',
    ),
  alerts: alertEntries.default([]),
  approvers: approverEntries.default([]),
  breakers: breakerEntry,
  anchors: z
    .array(
      z.strictObject({
        kind: z.literal('s3'),
        bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]+[a-z0-9]$/, 'is the name of a bucket'),
        prefix: z
          .string()
          .regex(/^[\w/-]*$/, 'use letters, digits, dashes and slashes')
          .default('forbear-anchors/'),
        region: z.string().min(1).optional(),
        endpoint: httpUrl.optional(),
        // Ten years, as long as books are kept anywhere.
        retainDays: z.int().min(1).max(36_500).default(3_650),
      }),
    )
    .default([]),
});

type ForbearFile = z.infer<typeof fileShape>;

/** A target as forbear.yaml names it; `tokenEnv` is the variable that holds its token. */
type TargetEntry = ForbearFile['targets'][number];

export type TargetConfig = Omit<TargetEntry, 'tokenEnv'> & { readonly token: string };

/** What forbear.yaml connects, with the tokens from the environment. Throws `ConfigError`, which shows none. */
export function readTargets(path: string | undefined, env: Env): TargetConfig[] {
  return readFile(path).targets.map(({ tokenEnv, ...target }) => ({
    ...target,
    token: readTargetToken(env, tokenEnv, `${path}: target ${target.name}`),
  }));
}

/** Who is told of alerts, with their secrets from the environment. Throws `ConfigError`, which shows none. */
export function readAlerts(path: string | undefined, env: Env): AlertConfig[] {
  return readFile(path).alerts.map((entry) => channelOf(entry, env, `${path}: alerts of ${entry.name}`));
}

/** Who is asked in Slack as well, with their channels from the environment. Throws `ConfigError`, which shows none. */
export function readApproverSlack(path: string | undefined, env: Env): ApproverSlack[] {
  return approversOf(readFile(path).approvers, env, path ?? '');
}

/** What bounds how many are acted on. Throws `ConfigError`. */
export function readBreakers(path: string | undefined, livemode: boolean): BreakerRules {
  return breakersOf(readFile(path).breakers, livemode);
}

/** The buckets to which the audit log is anchored; who may write there is AWS's own configuration. Throws `ConfigError`. */
export function readAnchorBuckets(path: string | undefined): ForbearFile['anchors'] {
  return readFile(path).anchors;
}

/** The token that a variable holds. Throws `ConfigError`, which does not show it. */
function readTargetToken(env: Env, tokenEnv: string, who: string): string {
  const token = env[tokenEnv]?.trim() ?? '';
  if (token === '') throw new ConfigError(`${who} takes its token from ${tokenEnv}, which is not set`);
  // Anything else can't go into a header, and every request would fail as if the platform were down.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new ConfigError(
      `${who} takes its token from ${tokenEnv}: it may hold letters, digits and signs of ASCII, and no spaces`,
    );
  return token;
}

/** What forbear.yaml connects, and of each target whether its token is set. Throws `ConfigError`. */
export function readTargetList(env: Env): (TargetEntry & { readonly hasToken: boolean })[] {
  const { targets } = readFile(forbearFileOf(env));
  return targets.map((entry) => ({ ...entry, hasToken: Boolean(env[entry.tokenEnv]) }));
}

/** A platform that is to be verified, with the token that a variable holds. Throws `ConfigError`. */
export function readPlatform(env: Env, base: string, tokenEnv: string) {
  const parsed = targetBase.safeParse(base);
  if (parsed.success) return { base, token: readTargetToken(env, tokenEnv, 'the platform') };
  throw new ConfigError(`this can't be the base of a platform: ${parsed.error.issues[0]?.message}`);
}

/** Where the environment says that forbear.yaml is. */
export function forbearFileOf({ FORBEAR_CONFIG: path }: Env): string | undefined {
  return path === '' ? undefined : path;
}

/** What forbear.yaml says; nothing is connected without a file. Throws `ConfigError`. */
function readFile(path: string | undefined): ForbearFile {
  if (path === undefined) return { targets: [], alerts: [], approvers: [], breakers: undefined, anchors: [] };
  const parsed = fileShape.safeParse(readYaml(path));
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(
    ({ path: at, message }) => `  ${at.join('.') || '(the file)'}: ${message}`,
  );
  throw new ConfigError(`${path} is not right:\n${mistakes.join('\n')}`);
}

function readYaml(path: string): unknown {
  try {
    // Without the source line, which may hold a token that somebody wrote into it by mistake.
    return parse(readFileSync(path, 'utf8'), { prettyErrors: false });
  } catch (cause) {
    throw new ConfigError(
      `${path} can't be read as YAML: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}
