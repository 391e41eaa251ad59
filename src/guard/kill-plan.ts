import { isSamePrincipal, principalOf } from '../domain/principal.js';
import type { Principal, Survey } from '../ports/kill-switch.js';

/** By what a plan goes: whom it must never touch, and how many it may. */
export type KillBounds = {
  /** The ARNs of break-glass and operators' principals. */
  readonly shielded: readonly string[];
  readonly most: number;
};

/** Whom the deny is for. Where anything speaks against it, nothing of it is done at all. */
export type KillPlan = {
  /** Why nothing is done; empty: it may be. */
  readonly refusals: readonly string[];
  /** Why nobody is meant in this place; `null`: somebody is. */
  readonly nobody: string | null;
  readonly denied: readonly Principal[];
  /** Who carries the tag, and can't be denied anything by us. */
  readonly left: readonly { readonly principal: Principal; readonly why: string }[];
  /** Every ARN that is never touched, our own among them. */
  readonly shielded: readonly string[];
};

/** What the deny does not reach. Whoever gives the order is to know. */
export const outOfReach: readonly string[] = [
  'The root user of an AWS account: no policy of its own binds it.',
  'Service-linked roles, and roles that AWS reserves (/aws-service-role/, /aws-reserved/): AWS lets nobody change them.',
  'Principals without the tag, also those that the tagged ones have made, and keys that they have handed out for others.',
  'Others to whom a resource gives access by its own policy (a bucket, a queue, a key), and whatever is public.',
  'What runs goes on running: machines, databases, open connections. The deny is on calls to AWS.',
  'sts:GetCallerIdentity, which AWS refuses to nobody.',
  'Whoever else in that AWS account may change IAM can take the deny away.',
];

/** IAM is eventually consistent; seconds as a rule. */
export const propagation =
  'IAM spreads a change within seconds as a rule, and promises no time: until then some calls still go through.';

const reserved = ['/aws-service-role/', '/aws-reserved/'] as const;

/**
 * Who of the account's principals is denied everything. One that is shielded, of another place, or under somebody else's
 * policy makes the whole plan void, as does a bound that is exceeded, a shield that shields nobody, or nobody at all. Pure.
 */
export function planKill(
  { ref }: { readonly ref: string },
  survey: Survey,
  { shielded, most }: KillBounds,
): KillPlan {
  const tagged = survey.principals.filter(({ isTagged }) => isTagged);
  const left = tagged.flatMap((principal) => {
    const path = reserved.find((start) => principal.path.toLowerCase().startsWith(start));
    return path === undefined ? [] : [{ principal, why: `AWS lets nobody change what is under ${path}` }];
  });
  const denied = tagged.filter((principal) => !left.some((one) => one.principal === principal));
  const never = [...shielded, ...survey.callers.map(({ arn }) => arn)];
  const refusals = [
    ...aboutRef(ref),
    ...aboutShields(survey, shielded),
    ...aboutNumber(ref, denied, most),
    ...tagged.flatMap((principal) => aboutShielded(principal, survey, never)),
    ...denied.flatMap((principal) => aboutPrincipal(principal, survey)),
    ...aboutTwice(tagged),
  ];
  return {
    refusals,
    nobody: denied.length === 0 ? whyNobody(ref, left.length) : null,
    denied: refusals.length === 0 ? denied : [],
    left,
    shielded: [...new Set(never)],
  };
}

/**
 * Why plans for several places are not carried out, none of them; empty: they may be. In one place there may be nobody, in all
 * of them there may not. Pure.
 */
export function refusalsOf(plans: readonly KillPlan[]): readonly string[] {
  const denied = plans.flatMap((plan) => plan.denied.map(({ arn }) => arn));
  const twice = denied.filter((arn, index) => denied.indexOf(arn) !== index);
  const nobody = plans.flatMap((plan) => plan.nobody ?? []);
  return [
    ...plans.flatMap((plan) => plan.refusals),
    ...twice.map((arn) => `${arn} is reached by two switches: take one of them out of forbear.yaml`),
    ...(nobody.length === plans.length ? [...new Set(nobody)] : []),
  ];
}

function aboutRef(ref: string): string[] {
  if (ref.trim() === '') return ['the account has no ref that a tag could name'];
  return /[*?]/.test(ref) ? [`"${ref}" reads as a pattern: a tag has to name one account`] : [];
}

/** A shield with a mistake in it would shield nobody, and nobody would see that. */
function aboutShields({ callers, known, place }: Survey, shielded: readonly string[]): string[] {
  const self = callers.filter(({ arn }) => principalOf(arn) === null);
  const exists = known.flatMap((arn) => principalOf(arn) ?? []);
  const unknown = shielded.filter((arn) => {
    const name = principalOf(arn);
    if (name === null) return true;
    return name.place === place && !exists.some((one) => isSamePrincipal(one, name));
  });
  const here = shielded.filter((arn) => principalOf(arn)?.place === place);
  return [
    ...(callers.length === 0 ? ['nobody has said as whom Forbear calls'] : []),
    ...self.map(
      ({ arn }) => `Forbear calls as ${arn}, which is no user and no role: it could shut itself out`,
    ),
    ...unknown.map((arn) => `${arn} is to be protected and does not exist: correct it in forbear.yaml`),
    ...(here.length === 0 ? [`nobody of AWS account ${place} is protected: name its break-glass role`] : []),
  ];
}

const aboutNumber = (ref: string, { length }: readonly Principal[], most: number): string[] =>
  length > most ? [`${length} principals are tagged with ${ref}, and at most ${most} are allowed`] : [];

const whyNobody = (ref: string, left: number): string =>
  left === 0
    ? `no user and no role is tagged with ${ref}: nobody is meant`
    : `none of the principals that are tagged with ${ref} can be denied anything`;

function aboutShielded({ arn, id }: Principal, { callers }: Survey, never: readonly string[]): string[] {
  const name = principalOf(arn);
  const isOurs = callers.some((caller) => caller.id.split(':')[0] === id);
  const isShielded = never.some((one) => {
    const other = principalOf(one);
    return name !== null && other !== null && isSamePrincipal(name, other);
  });
  if (isOurs) return [`${arn} is whom Forbear calls as, and carries the tag`];
  return isShielded ? [`${arn} is protected, and carries the tag`] : [];
}

function aboutPrincipal({ arn, deny }: Principal, { place }: Survey): string[] {
  const name = principalOf(arn);
  if (name === null) return [`${arn} is no user and no role that could be told apart from others`];
  if (name.place !== place) return [`${arn} is in another AWS account than ${place}`];
  switch (deny) {
    case 'none':
    case 'ours':
      return [];
    case 'of another account':
      return [`${arn} is denied everything for another account of yours already: undo that first`];
    case 'foreign':
      return [`${arn} has an inline policy under our name that is not ours: look at it first`];
  }
}

function aboutTwice(tagged: readonly Principal[]): string[] {
  const names = tagged.map(({ arn }) => JSON.stringify(principalOf(arn) ?? arn));
  const twice = tagged.filter((_, index) => names.indexOf(names[index] ?? '') !== index);
  return twice.map(({ arn }) => `${arn} is named twice`);
}

/** From whom the deny is taken back: who has ours for this account, tagged or not. Pure. */
export const planRestore = ({ principals }: Survey): readonly Principal[] =>
  principals.filter(({ deny }) => deny === 'ours');
