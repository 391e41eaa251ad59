import {
  GetAccountAuthorizationDetailsCommand,
  type IAMClient,
  type PolicyDetail,
  type RoleDetail,
  type Tag,
  type UserDetail,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { PortError } from '../../../ports/errors.js';
import type { Caller, Culprit, Principal, Survey } from '../../../ports/kill-switch.js';
import { policyName, stateOf } from './document.js';
import { asked } from './errors.js';

const pageSize = 1_000;
// AWS allows an account some ten thousand users and roles.
const mostPages = 200;

/** Whom AWS says that we are: one for each step on the way to the role that acts. */
export async function readCallers(
  clients: readonly STSClient[],
): Promise<{ place: string; callers: Caller[] }> {
  const callers: Caller[] = [];
  let place = '';
  for (const client of clients) {
    const who = await asked('asking who Forbear is', () => client.send(new GetCallerIdentityCommand({})));
    callers.push({ arn: who.Arn ?? '', id: who.UserId ?? '' });
    place = who.Account ?? '';
  }
  return { place, callers };
}

/** Reads every user and role with tags and inline policies, in as few calls as AWS has for it. */
export async function surveyPrincipals(
  iam: IAMClient,
  culprit: Culprit,
  tag: string,
): Promise<Pick<Survey, 'principals' | 'known'>> {
  const [principals, known]: [Principal[], string[]] = [[], []];
  let marker: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await asked('reading users and roles', () =>
      iam.send(
        new GetAccountAuthorizationDetailsCommand({
          Filter: ['User', 'Role'],
          MaxItems: pageSize,
          ...(marker !== undefined && { Marker: marker }),
        }),
      ),
    );
    const all = [
      ...(answer.UserDetailList ?? []).map((user) => asPrincipal('user', ofUser(user), culprit, tag)),
      ...(answer.RoleDetailList ?? []).map((role) => asPrincipal('role', ofRole(role), culprit, tag)),
    ];
    known.push(...all.map(({ arn }) => arn));
    principals.push(...all.filter(({ isTagged, deny }) => isTagged || deny === 'ours'));
    marker = answer.Marker;
    if (answer.IsTruncated !== true || marker === undefined) return { principals, known };
  }
  throw new PortError('TARGET_REFUSED', `there are more than ${mostPages} pages of users and roles`);
}

type Detail = {
  readonly name: string | undefined;
  readonly id: string | undefined;
  readonly of: Pick<UserDetail, 'Arn' | 'Path' | 'Tags'>;
  readonly inline: readonly PolicyDetail[];
};

const ofUser = (of: UserDetail): Detail => ({
  ...{ name: of.UserName, id: of.UserId, of },
  inline: of.UserPolicyList ?? [],
});
const ofRole = (of: RoleDetail): Detail => ({
  ...{ name: of.RoleName, id: of.RoleId, of },
  inline: of.RolePolicyList ?? [],
});

function asPrincipal(
  kind: Principal['kind'],
  { name = '', id = '', of, inline }: Detail,
  culprit: Culprit,
  tag: string,
): Principal {
  const ours = inline.find(({ PolicyName }) => PolicyName === policyName)?.PolicyDocument;
  return {
    kind,
    name,
    id,
    arn: of.Arn ?? '',
    path: of.Path ?? '/',
    isTagged: isTaggedWith(of.Tags, tag, culprit.ref),
    deny: stateOf(ours === undefined ? null : decodeURIComponent(ours), culprit.id, kind),
    inline: inline.map(({ PolicyName = '' }) => PolicyName).sort(),
  };
}

/** Whether the tag has exactly this value: no pattern, no other case. */
export const isTaggedWith = (tags: readonly Tag[] | undefined, tag: string, value: string): boolean =>
  (tags ?? []).some(({ Key, Value }) => Key === tag && Value === value);
