import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseBook, type PolicyBook } from './book.js';

/** Something in a policy file is wrong. The message names the file, the path of each mistake, and the remedy. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** Reads a policy from YAML. Throws `PolicyError` with every mistake in it at once. */
export function parsePolicy(text: string, source: string): PolicyBook {
  const parsed = parseBook(readYaml(text, source));
  if ('value' in parsed) return parsed.value;
  const mistakes = parsed.mistakes.map(({ path, message }) => `  ${path}: ${message}`);
  throw new PolicyError(`${source} is not a policy:\n${mistakes.join('\n')}`);
}

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
export function loadPolicy(path: string): PolicyBook {
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
