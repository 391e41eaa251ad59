import { DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import { GetAccountSummaryCommand, type IAMClient } from '@aws-sdk/client-iam';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Principal, Verification, Witness } from '../../../ports/kill-switch.js';
import { clientsFor, sessionOf, type AwsAccess, type Clients, type Credentials } from './clients.js';
import { isRefusal } from './errors.js';
import { secondsOf, until, type Settling } from './settle.js';
import { simulate, type Simulated } from './simulation.js';

export type WitnessOptions = Settling & {
  readonly access: AwsAccess;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  /** Keys of principals, with which calls are made as them. */
  readonly probes: readonly Credentials[];
  /** Whether a role of the account may be taken on for a call, where it trusts us. */
  readonly assumesRoles: boolean;
};

/** Calls that read, and that everybody who may do anything in AWS may well do. */
const calls: Readonly<Record<string, (as: Clients) => Promise<unknown>>> = {
  'ec2:DescribeRegions': ({ ec2 }) => ec2.send(new DescribeRegionsCommand({})),
  's3:ListAllMyBuckets': ({ s3 }) => s3.send(new ListBucketsCommand({})),
  'iam:GetAccountSummary': ({ iam }) => iam.send(new GetAccountSummaryCommand({})),
};

type Answer = 'allowed' | 'refused' | 'unknown';
/** Somebody as whom we can call, and which calls were allowed at the beginning. */
type Session = { readonly as: Clients; readonly before: readonly string[] };

/** Signs in as whom it can, and tries what works now. */
export async function openWitness(
  options: WitnessOptions,
  principals: readonly Principal[],
): Promise<Witness> {
  const sessions = await openSessions(options, principals);
  return {
    refused: (principal) => seeRefused(options, principal, sessions.get(principal.id)),
    free: (principal) => seeFree(options, principal, sessions.get(principal.id)),
  };
}

async function openSessions(
  options: WitnessOptions,
  principals: readonly Principal[],
): Promise<Map<string, Session>> {
  const sessions = new Map<string, Session>();
  const open = async (id: string, credentials: Credentials) => {
    const as = clientsFor(options.access, credentials);
    sessions.set(id, { as, before: await callsAnswered(as, Object.keys(calls), 'allowed') });
  };
  for (const probe of options.probes) {
    const id = await ownerOf(options.access, probe);
    if (id !== null) await open(id, probe);
  }
  if (!options.assumesRoles) return sessions;
  for (const { kind, id, arn } of principals) {
    const taken = kind === 'role' && !sessions.has(id) ? await takeOn(options.sts, arn) : null;
    if (taken !== null) await open(id, taken);
  }
  return sessions;
}

/** Whose a key is; nobody can be denied to ask that. `null` where it is no key at all. */
async function ownerOf(access: AwsAccess, credentials: Credentials): Promise<string | null> {
  const { UserId } = await orNothing(
    clientsFor(access, credentials).sts.send(new GetCallerIdentityCommand({})),
    {},
  );
  return UserId?.split(':')[0] ?? null;
}

async function takeOn(sts: STSClient, role: string): Promise<Credentials | null> {
  const { Credentials: given } = await orNothing(sts.send(new AssumeRoleCommand(sessionOf(role))), {});
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  } = given ?? {};
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) return null;
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** A witness is a gain where there is one; that there is none is told in the result. */
const orNothing = <T>(call: Promise<T>, nothing: Partial<T>): Promise<Partial<T>> =>
  call.catch(() => nothing);

async function answerTo(as: Clients, name: string): Promise<Answer> {
  try {
    await calls[name]?.(as);
    return 'allowed';
  } catch (error) {
    return isRefusal(error) ? 'refused' : 'unknown';
  }
}

async function callsAnswered(as: Clients, names: readonly string[], answer: Answer): Promise<string[]> {
  const answers = await Promise.all(names.map((name) => answerTo(as, name)));
  return names.filter((_, index) => answers[index] === answer);
}

async function seeRefused(
  options: WitnessOptions,
  principal: Principal,
  session: Session | undefined,
): Promise<Verification> {
  const { deny } = principal;
  const tried = session?.before ?? [];
  // Where our deny stood before, nothing was allowed that could be seen to end.
  const names = tried.length > 0 ? tried : deny === 'ours' ? Object.keys(calls) : [];
  if (session === undefined || names.length === 0) return bySimulation(options, principal);
  const isOver = async () => (await callsAnswered(session.as, names, 'refused')).length === names.length;
  const was = tried.length > 0 ? ', and worked before' : '; whether it worked before is not known';
  return (await until(options, isOver))
    ? { verified: 'called', note: `${names.join(', ')}: refused to it${was}` }
    : { verified: 'failed', note: `${names.join(', ')}: not refused to it within ${secondsOf(options)}` };
}

async function seeFree(
  options: WitnessOptions,
  principal: Principal,
  session: Session | undefined,
): Promise<Verification> {
  let allowed: string[] = [];
  let simulated: Simulated = { said: null, why: 'it was not asked' };
  const isBack = async () => {
    allowed = session === undefined ? [] : await callsAnswered(session.as, Object.keys(calls), 'allowed');
    if (allowed.length > 0) return true;
    // It may never have been allowed any of these.
    simulated = await simulate(options.iam, principal);
    return simulated.said === null ? session === undefined : !simulated.said.isOurs;
  };
  const isFree = await until(options, isBack);
  if (allowed.length > 0) return { verified: 'called', note: `${allowed.join(', ')}: allowed again` };
  return simulationSays(options, simulated, isFree, {
    so: 'finds nothing of ours any more',
    unknown: 'the policy is gone; no call as it was allowed',
  });
}

async function bySimulation(options: WitnessOptions, principal: Principal): Promise<Verification> {
  let simulated: Simulated = { said: null, why: 'it was not asked' };
  const isSo = await until(options, async () => {
    simulated = await simulate(options.iam, principal);
    return simulated.said === null || simulated.said.isDenied;
  });
  return simulationSays(options, simulated, isSo, {
    so: 'refuses it all that was asked',
    unknown: 'the policy reads back as it was written; no call was made as it',
  });
}

function simulationSays(
  options: WitnessOptions,
  simulated: Simulated,
  isSo: boolean,
  { so, unknown }: { readonly so: string; readonly unknown: string },
): Verification {
  if (simulated.said === null)
    return { verified: 'unverified', note: `${unknown}, and there was no simulation (${simulated.why})` };
  return isSo
    ? { verified: 'simulated', note: `AWS's simulation ${so}` }
    : { verified: 'failed', note: `AWS's simulation says otherwise after ${secondsOf(options)}` };
}
