import { SimulatePrincipalPolicyCommand, type EvaluationResult, type IAMClient } from '@aws-sdk/client-iam';
import { deepestReason } from '../../../ports/errors.js';
import type { Principal } from '../../../ports/kill-switch.js';
import { policyName } from './document.js';

// Of four services, among them what would open a way around.
const actions = ['ec2:DescribeRegions', 's3:ListAllMyBuckets', 'iam:CreateAccessKey', 'sts:AssumeRole'];

export type Decisions = {
  /** Whether every action is refused by an explicit Deny. */
  readonly isDenied: boolean;
  /** Whether our policy has a part in any of them. */
  readonly isOurs: boolean;
};

/** What AWS's simulation says of some actions, or why it says nothing. */
export type Simulated = { readonly said: Decisions } | { readonly said: null; readonly why: string };

/** Asks AWS what would become of calls of the principal by its policies, and `more` in addition. Changes nothing. */
export async function simulate(
  iam: IAMClient,
  { arn }: Principal,
  more: readonly string[] = [],
): Promise<Simulated> {
  try {
    const { EvaluationResults = [] } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: arn,
        ActionNames: actions,
        ...(more.length > 0 && { PolicyInputList: [...more] }),
      }),
    );
    return EvaluationResults.length === 0
      ? { said: null, why: 'it names no decision' }
      : { said: decisionsOf(EvaluationResults) };
  } catch (error) {
    // It is one of two ways of knowing, and never decides whether something is done; so it may be missing.
    return { said: null, why: reasonOf(error) };
  }
}

/** Exported for tests: nothing at hand answers as AWS does. */
export function decisionsOf(results: readonly EvaluationResult[]): Decisions {
  return {
    isDenied: results.every(({ EvalDecision }) => EvalDecision === 'explicitDeny'),
    isOurs: results.some(({ MatchedStatements = [] }) =>
      MatchedStatements.some(({ SourcePolicyId = '' }) => SourcePolicyId.includes(policyName)),
    ),
  };
}

function reasonOf(error: unknown): string {
  const text = deepestReason(error).split('\n')[0] ?? '';
  // What does not know the call answers with a page for people.
  return /parse error|deserializ/i.test(text) ? 'this endpoint does not offer it' : text;
}
