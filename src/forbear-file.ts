import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { alertEntries, channelOf, type AlertConfig } from './alert-settings.js';
import { approverEntries, approversOf, type ApproverSlack } from './approver-settings.js';
import { breakerEntry, breakersOf } from './breaker-settings.js';
import { ConfigError, httpUrl, type Env } from './config-parts.js';
import type { BreakerRules } from './domain/breaker.js';
import { killSwitchEntries, killSwitchOf, type KillSwitchConfig } from './kill-switch-settings.js';
import { sessionEntries, sessionsOf, type SessionConfig } from './session-settings.js';
import {
  readTargetSecret,
  readTargetToken,
  secretOf,
  targetBase,
  targetEntries,
  targetOf,
  type TargetConfig,
  type TargetEntry,
} from './target-settings.js';

const fileShape = z.strictObject({
  targets: targetEntries,
  sessions: sessionEntries.default([]),
  alerts: alertEntries.default([]),
  approvers: approverEntries.default([]),
  breakers: breakerEntry,
  killSwitch: killSwitchEntries.default([]),
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

/** The JSON Schema of forbear.yaml, for editors: its shape, and not what only reading it tells. */
export function forbearFileSchema(): Readonly<Record<string, unknown>> {
  const draft = { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' } as const;
  const { $schema, ...shape } = z.toJSONSchema(fileShape, draft);
  return { $schema, title: 'What Forbear is connected to', ...shape };
}

/** What forbear.yaml connects, with the secrets from the environment. Throws `ConfigError`, which shows none. */
export function readTargets(path: string | undefined, env: Env): TargetConfig[] {
  return readFile(path).targets.map((entry) => targetOf(entry, env, `${path}: target ${entry.name}`));
}

/** Where the app keeps its sessions, with the secrets from the environment. Throws `ConfigError`, which shows none. */
export function readSessions(path: string | undefined, env: Env): SessionConfig[] {
  return readFile(path).sessions.map((entry) => sessionsOf(entry, env, `${path}: sessions ${entry.name}`));
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

/** Where customers' principals can be denied everything. Throws `ConfigError`, which shows no secret. */
export function readKillSwitches(path: string | undefined, env: Env): KillSwitchConfig[] {
  return readFile(path).killSwitch.map((entry) =>
    killSwitchOf(entry, env, `${path}: the kill switch ${entry.name}`),
  );
}

/** The buckets to which the audit log is anchored; who may write there is AWS's own configuration. Throws `ConfigError`. */
export function readAnchorBuckets(path: string | undefined): ForbearFile['anchors'] {
  return readFile(path).anchors;
}

/** What forbear.yaml connects, and of each target whether its secret is set. Throws `ConfigError`. */
export function readTargetList(env: Env): (TargetEntry & { readonly hasSecret: boolean })[] {
  const { targets } = readFile(forbearFileOf(env));
  const isSet = (variable: string | null) => variable === null || Boolean(env[variable]);
  return targets.map((entry) => ({ ...entry, hasSecret: isSet(secretOf(entry)) }));
}

/** A platform that is to be verified, with what variables hold for it. Throws `ConfigError`, which does not show it. */
export function readPlatform(env: Env, base: string, tokenEnv: string, secretEnv: string | undefined) {
  const parsed = targetBase.safeParse(base);
  if (!parsed.success)
    throw new ConfigError(`this can't be the base of a platform: ${parsed.error.issues[0]?.message}`);
  const who = 'the platform';
  return {
    base,
    token: readTargetToken(env, tokenEnv, who),
    ...(secretEnv !== undefined && { secret: readTargetSecret(env, secretEnv, who) }),
  };
}

/** Where the environment says that forbear.yaml is. */
export function forbearFileOf({ FORBEAR_CONFIG: path }: Env): string | undefined {
  return path === '' ? undefined : path;
}

const nothing: ForbearFile = {
  targets: [],
  sessions: [],
  alerts: [],
  approvers: [],
  breakers: undefined,
  killSwitch: [],
  anchors: [],
};

/** What forbear.yaml says; nothing is connected without a file. Throws `ConfigError`. */
function readFile(path: string | undefined): ForbearFile {
  if (path === undefined) return nothing;
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
