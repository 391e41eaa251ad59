import type { Inspection, Right } from '../../ports/inspection.js';
import type { Clients } from './clients.js';
import { chunksOf } from './kinds/kind.js';
import { actionsIn, dangerous, policyFor, type Needs, type RoleName } from './policies.js';
import { fenceTag, lockedTag } from './tags.js';

export type InspectedRole = { readonly role: RoleName; readonly clients: Clients; readonly needs: Needs };

/** Whom each role makes us, what of its policy it lacks, and what it could do that its policy does not name. */
export async function inspectRoles(region: string, roles: readonly InspectedRole[]): Promise<Inspection> {
  const reached: string[] = [];
  const rights: Right[] = [];
  for (const one of roles) {
    const { client, sdk } = await one.clients.sts();
    const { Account, Arn } = await client.send(new sdk.GetCallerIdentityCommand({}));
    reached.push(`AWS account ${Account}, ${region}, to ${one.role} as ${Arn}`);
    rights.push(...(await rightsOf(one)));
  }
  return { reached: reached.join('; '), rights };
}

async function rightsOf({ role, clients, needs }: InspectedRole): Promise<Right[]> {
  const needed = actionsIn(policyFor(role, needs));
  const tooMuch = dangerous.filter((action) => !needed.includes(action));
  const allowed = await simulate(clients, needs, [...needed, ...tooMuch]);
  if (typeof allowed === 'string') return needed.map((name) => ({ name, state: 'unknown', note: allowed }));
  const held = needed.map((name): Right => {
    if (allowed.has(name)) return { name, state: 'held', note: `The role to ${role} may do it.` };
    return { name, state: 'missing', note: `The role to ${role} needs it, and may not do it.` };
  });
  const excess = tooMuch.filter((name) => allowed.has(name));
  return [
    ...held,
    ...excess.map((name): Right => {
      return { name, state: 'excess', note: `The role to ${role} may do it, and never needs to.` };
    }),
  ];
}

// As many as IAM answers for in one go.
const simulatedAtOnce = 100;

/** What of these IAM would allow, or why that is not known. */
async function simulate(
  { iam }: Clients,
  { roleArn, tag }: Needs,
  wanted: readonly string[],
): Promise<ReadonlySet<string> | string> {
  const { client, sdk } = await iam();
  const context = [
    {
      ContextKeyName: `aws:ResourceTag/${tag}`,
      ContextKeyValues: ['any'],
      ContextKeyType: 'string' as const,
    },
    {
      ContextKeyName: 'aws:TagKeys',
      ContextKeyValues: [fenceTag, lockedTag],
      ContextKeyType: 'stringList' as const,
    },
  ];
  const allowed = new Set<string>();
  for (const ActionNames of chunksOf(wanted, simulatedAtOnce)) {
    try {
      const asked = { PolicySourceArn: roleArn, ActionNames, ContextEntries: context };
      const { EvaluationResults = [] } = await client.send(new sdk.SimulatePrincipalPolicyCommand(asked));
      for (const { EvalActionName = '', EvalDecision } of EvaluationResults)
        if (EvalDecision === 'allowed') allowed.add(EvalActionName);
    } catch (error) {
      if (!isNo(error)) throw error;
      return `IAM does not tell what the role may (${error.name}): allow it iam:SimulatePrincipalPolicy on itself.`;
    }
  }
  return allowed;
}

const isNo = (error: unknown): error is Error =>
  error instanceof Error && /AccessDenied|NotImplemented|InvalidAction|UnknownOperation/i.test(error.name);
