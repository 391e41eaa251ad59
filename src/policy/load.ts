import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { asPolicyVersion, type PolicyVersion } from '../domain/ids.js';
import type { Policy } from '../domain/policy.js';
import { policyShape, toPolicy } from './schema.js';

/** Something in a policy file is wrong. The message names the file, the path of each mistake, and the remedy. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

export type LoadedPolicy = { readonly version: PolicyVersion; readonly policy: Policy };

/** Reads a policy from YAML. Throws `PolicyError` with every mistake in it at once. */
export function parsePolicy(text: string, source: string): LoadedPolicy {
  const parsed = policyShape.safeParse(readYaml(text, source));
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(
      (issue) => `  ${issue.path.join('.') || '(the file)'}: ${remedyOf(issue)}`,
    );
    throw new PolicyError(`${source} is not a policy:\n${mistakes.join('\n')}`);
  }
  const policy = toPolicy(parsed.data);
  // The version is that of the content: the same rules in other words are the same policy.
  const version = createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 16);
  return { version: asPolicyVersion(version), policy };
}

/** What is wrong with the name of an entry stands one level deeper than what is wrong with its value. */
const remedyOf = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;

function readYaml(text: string, source: string): unknown {
  try {
    // An alias without its anchor is only found out when the document is turned into values.
    return parse(text, { logLevel: 'error' });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new PolicyError(`${source}: not readable as YAML: ${message}`, { cause });
  }
}

/** Reads a policy file. Throws `PolicyError`, also when there is no such file. */
export function loadPolicy(path: string): LoadedPolicy {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PolicyError(
      `${path}: the policy can't be read; set FORBEAR_POLICY to a file such as policies/saas.yaml`,
      { cause },
    );
  }
  return parsePolicy(text, path);
}
