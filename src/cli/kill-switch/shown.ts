import { outOfReach, propagation } from '../../guard/kill-plan.js';
import type { KillResult } from '../../guard/kill.js';
import type { AccessKey } from '../../ports/kill-switch.js';
import { fromNow, print, printJson, printTable } from '../output.js';
import type { Part, Planned, Row } from './planned.js';

/** The plan for people: who, which keys, who is safe, what is not reached. */
export function showPlan({ parts, refusals, principals }: Planned, now: Date): void {
  printTable(
    ['switch', 'principal', 'what happens', 'access keys'],
    parts.flatMap((part) => [...part.rows.map((row) => plannedRow(part, row, now)), ...leftRows(part)]),
    'Nobody would be denied anything.',
    { wraps: [1, 2, 3] },
  );
  for (const { kill, plan } of parts)
    print(`Never touched in ${kill.name}:\n${plan.shielded.map((arn) => `  ${arn}`).join('\n')}`);
  print(`What the deny does not reach:\n${outOfReach.map((line) => `  ${line}`).join('\n')}`);
  print(propagation);
  if (refusals.length === 0) print(`${principals.length} would be denied everything; nothing was changed.`);
}

function plannedRow({ kill }: Part, { principal, keys, rehearsal }: Row, now: Date): string[] {
  const deed = principal.deny === 'ours' ? 'denied everything already; stays so' : 'denied everything';
  return [kill.name, principal.arn, `${deed}\n${rehearsal.note}`, keysText(keys, now)];
}

const leftRows = ({ kill, plan }: Part): string[][] =>
  plan.left.map(({ principal, why }) => [kill.name, principal.arn, `nothing: ${why}`, '']);

function keysText(keys: readonly AccessKey[] | null, now: Date): string {
  if (keys === null) return 'may not be read';
  const used = ({ lastUsedAt }: AccessKey) =>
    lastUsedAt === null ? 'never used' : `used ${fromNow(new Date(lastUsedAt), now)}`;
  return keys.map((key) => `${key.id} ${key.isActive ? 'active' : 'inactive'}, ${used(key)}`).join('\n');
}

/** The same for programs: a record for each principal, then one for the whole. */
export function printPlan({ culprit, parts, refusals, principals, hash }: Planned): void {
  for (const { kill, plan, rows } of parts) {
    for (const { principal, keys, rehearsal } of rows)
      printJson({ record: 'principal', switch: kill.name, ...principal, keys, rehearsal });
    for (const { principal, why } of plan.left)
      printJson({ record: 'left', switch: kill.name, ...principal, why });
  }
  printJson({
    ...{ record: 'plan', account: culprit.id, ref: culprit.ref, count: principals.length, hash, refusals },
    protected: parts.flatMap(({ plan }) => plan.shielded),
    outOfReach,
  });
}

/** What became of each of them. */
export function showResults(results: readonly KillResult[], { json }: { readonly json?: boolean }): void {
  if (json) {
    for (const { principal, ...result } of results)
      printJson({ record: 'result', arn: principal.arn, id: principal.id, ...result });
    return;
  }
  printTable(
    ['principal', 'result', 'how it is known'],
    results.map((result) => [result.principal.arn, ...resultText(result)]),
    'Nobody was touched.',
    { wraps: [0, 2] },
  );
}

function resultText(result: KillResult): string[] {
  if (result.status === 'failed') return ['FAILED', `${result.code}: ${result.why}`];
  const { verified, note } = result.verification;
  return [verified === 'failed' ? 'NO EFFECT' : 'done', `${verified}: ${note}`];
}

/** For the audit log: counts, and no names. */
export function evidenceOf(results: readonly KillResult[]): string {
  const words = results.map((one) => (one.status === 'failed' ? one.code : one.verification.verified));
  const counts = [...new Set(words)].map((word) => `${words.filter((one) => one === word).length} ${word}`);
  return `${results.length} principals: ${counts.join(', ')}`;
}

/** The code of the first thing that went wrong; `null`: nothing did. */
export function failureOf(results: readonly KillResult[]): string | null {
  for (const one of results) {
    if (one.status === 'failed') return one.code;
    if (one.verification.verified === 'failed') return 'NOT_VERIFIED';
  }
  return null;
}
