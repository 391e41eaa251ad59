import { PortError } from '../../../ports/errors.js';
import type { Culprit, KillSwitch, Principal, Rehearsal } from '../../../ports/kill-switch.js';
import { openClients, type AwsAccess, type Credentials } from './clients.js';
import { documentFor, policyName, stateOf } from './document.js';
import { deletePolicy, readIdentity, readKeys, readPolicy, writePolicy } from './policies.js';
import { until, type Settling } from './settle.js';
import { simulate } from './simulation.js';
import { isTaggedWith, readCallers, surveyPrincipals } from './survey.js';
import { openWitness } from './witness.js';

export type IamKillSwitchOptions = AwsAccess &
  Pick<Settling, 'settleMs' | 'nowMs'> & {
    readonly name: string;
    /** The key of the tag whose value is the account's ref. */
    readonly tag: string;
    readonly probes: readonly Credentials[];
    readonly assumesRoles: boolean;
    readonly pollMs?: number;
  };

type Clients = ReturnType<typeof openClients>;
type Iam = Clients['iam'];

/** The kill switch on AWS's IAM: an inline policy with an explicit Deny at each user and role. */
export function createIamKillSwitch(options: IamKillSwitchOptions): KillSwitch {
  const { name, tag, settleMs, nowMs, pollMs = 1_000 } = options;
  const settling = { settleMs, pollMs, nowMs };
  const { own, iam, sts } = openClients(options);
  return {
    name,
    async survey(culprit) {
      const who = await readCallers(own);
      return { ...who, ...(await surveyPrincipals(iam, culprit, tag)) };
    },
    async keys(principal) {
      try {
        return await readKeys(iam, principal);
      } catch (error) {
        // They are for people to look at: that they may not be read must not keep anybody from acting.
        if (error instanceof PortError && error.code === 'TARGET_REFUSED') return null;
        throw error;
      }
    },
    rehearse: (culprit, principal) => rehearse(iam, culprit, principal, nowMs()),
    witness: (principals) => openWitness({ ...options, ...settling, access: options, iam, sts }, principals),
    deny: (culprit, principal) => deny(iam, culprit, principal, { ...settling, tag }),
    restore: (culprit, principal) => restore(iam, culprit, principal, settling),
  };
}

async function rehearse(iam: Iam, { id }: Culprit, principal: Principal, now: number): Promise<Rehearsal> {
  const document = documentFor(id, principal.kind, now);
  const simulated = await simulate(iam, principal, [document]);
  if (simulated.said !== null) {
    const { isDenied } = simulated.said;
    return {
      by: 'cloud',
      isDenied,
      note: `AWS's simulation ${isDenied ? 'refuses it all that was asked' : 'lets it through'}`,
    };
  }
  // What we would write is what we recognise as ours: a Deny on everything, which no policy outweighs.
  const isDenied = stateOf(document, id, principal.kind) === 'ours';
  const note = `an explicit Deny outweighs every Allow (no simulation by AWS: ${simulated.why})`;
  return { by: 'ourselves', isDenied, note };
}

async function deny(
  iam: Iam,
  { id, ref }: Culprit,
  principal: Principal,
  { tag, ...settling }: Settling & { readonly tag: string },
): Promise<{ wasThere: boolean }> {
  const { arn, kind } = principal;
  const now = await readIdentity(iam, principal);
  if (now.id !== principal.id) throw refused(`${arn} is another one than was looked at: it was made anew`);
  if (!isTaggedWith(now.tags, tag, ref))
    throw refused(`${arn} does not carry the tag ${tag} of ${ref} any more`);
  const before = stateOf(await readPolicy(iam, principal), id, kind);
  if (before === 'ours') return { wasThere: true };
  if (before !== 'none')
    throw refused(`${arn} has an inline policy ${policyName} that is not ours (${before})`);
  await writePolicy(iam, principal, documentFor(id, kind, settling.nowMs()));
  const isOurs = async () => stateOf(await readPolicy(iam, principal), id, kind) === 'ours';
  if (!(await until(settling, isOurs)))
    throw new PortError('TARGET_UNAVAILABLE', `${arn}: our policy was written and does not read back so`);
  return { wasThere: false };
}

async function restore(
  iam: Iam,
  { id }: Culprit,
  principal: Principal,
  settling: Settling,
): Promise<{ wasThere: boolean }> {
  const { arn, kind } = principal;
  const before = stateOf(await readPolicy(iam, principal), id, kind);
  if (before === 'none') return { wasThere: false };
  if (before !== 'ours')
    throw refused(`${arn}: the policy ${policyName} there is not ours for this account (${before})`);
  await deletePolicy(iam, principal);
  if (!(await until(settling, async () => (await readPolicy(iam, principal)) === null)))
    throw new PortError('TARGET_UNAVAILABLE', `${arn}: our policy was deleted and is still there`);
  return { wasThere: true };
}

const refused = (why: string) => new PortError('TARGET_REFUSED', why);
