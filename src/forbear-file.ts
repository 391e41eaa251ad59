import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError, httpUrl, type Env } from './config-parts.js';

const targetsShape = z.strictObject({
  targets: z.array(
    z.strictObject({
      kind: z.literal('http'),
      name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes'),
      base: httpUrl,
      tokenEnv: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'name the environment variable that holds the token'),
    }),
  ),
});

export type TargetConfig = {
  readonly kind: 'http';
  readonly name: string;
  readonly base: string;
  readonly token: string;
};

/** What forbear.yaml connects, with the tokens from the environment. Throws `ConfigError`, which shows none. */
export function readTargets(path: string | undefined, env: Env): TargetConfig[] {
  if (path === undefined) return [];
  let content: unknown;
  try {
    // Without the source line, which may hold a token that somebody wrote into it by mistake.
    content = parse(readFileSync(path, 'utf8'), { prettyErrors: false });
  } catch (cause) {
    throw new ConfigError(
      `${path} can't be read as YAML: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  const parsed = targetsShape.safeParse(content);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(
      ({ path: at, message }) => `  ${at.join('.') || '(the file)'}: ${message}`,
    );
    throw new ConfigError(`${path} is not right:\n${mistakes.join('\n')}`);
  }
  return parsed.data.targets.map(({ tokenEnv, ...target }) => {
    const token = env[tokenEnv];
    if (token === undefined || token === '') {
      throw new ConfigError(
        `${path}: target ${target.name} takes its token from ${tokenEnv}, which is not set`,
      );
    }
    return { ...target, token };
  });
}
