import {
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  type IAMClient,
  type Tag,
} from '@aws-sdk/client-iam';
import type { AccessKey, Principal } from '../../../ports/kill-switch.js';
import { policyName } from './document.js';
import { asked, isMissing } from './errors.js';

/** Our policy as it stands at the principal, `null` where there is none. */
export async function readPolicy(iam: IAMClient, { kind, name, arn }: Principal): Promise<string | null> {
  return asked(`reading our policy at ${arn}`, async () => {
    try {
      const { PolicyDocument } =
        kind === 'user'
          ? await iam.send(new GetUserPolicyCommand({ UserName: name, PolicyName: policyName }))
          : await iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: policyName }));
      return decodeURIComponent(PolicyDocument ?? '');
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  });
}

export async function writePolicy(
  iam: IAMClient,
  { kind, name, arn }: Principal,
  document: string,
): Promise<void> {
  const policy = { PolicyName: policyName, PolicyDocument: document };
  await asked(`writing our policy to ${arn}`, async () => {
    if (kind === 'user') await iam.send(new PutUserPolicyCommand({ UserName: name, ...policy }));
    else await iam.send(new PutRolePolicyCommand({ RoleName: name, ...policy }));
  });
}

/** Also where it is gone meanwhile. */
export async function deletePolicy(iam: IAMClient, { kind, name, arn }: Principal): Promise<void> {
  await asked(`deleting our policy at ${arn}`, async () => {
    try {
      if (kind === 'user')
        await iam.send(new DeleteUserPolicyCommand({ UserName: name, PolicyName: policyName }));
      else await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: policyName }));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  });
}

/** Who has the name now, by AWS's own id, and its tags. */
export async function readIdentity(
  iam: IAMClient,
  { kind, name, arn }: Principal,
): Promise<{ readonly id: string; readonly tags: readonly Tag[] }> {
  return asked(`reading ${arn}`, async () => {
    if (kind === 'user') {
      const { User } = await iam.send(new GetUserCommand({ UserName: name }));
      return { id: User?.UserId ?? '', tags: User?.Tags ?? [] };
    }
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    return { id: Role?.RoleId ?? '', tags: Role?.Tags ?? [] };
  });
}

// AWS allows two a user.
const mostKeys = 10;

/** The keys of a user, with when each was last used; a role has none. */
export async function readKeys(iam: IAMClient, { kind, name, arn }: Principal): Promise<AccessKey[]> {
  if (kind === 'role') return [];
  return asked(`reading the keys of ${arn}`, async () => {
    const { AccessKeyMetadata: keys = [] } = await iam.send(
      new ListAccessKeysCommand({ UserName: name, MaxItems: mostKeys }),
    );
    return Promise.all(
      keys.map(async ({ AccessKeyId: id = '', Status }) => {
        const { AccessKeyLastUsed: used } = await iam.send(
          new GetAccessKeyLastUsedCommand({ AccessKeyId: id }),
        );
        return { id, isActive: Status === 'Active', lastUsedAt: used?.LastUsedDate?.getTime() ?? null };
      }),
    );
  });
}
