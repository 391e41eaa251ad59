import { isDeepStrictEqual } from 'node:util';
import { PortError } from '../../ports/errors.js';
import type { Clients } from './clients.js';
import { isGone } from './failures.js';
import { lockDocument } from './policies.js';
import { tagsOf } from './tags.js';

/** The customers' own users and roles, and the denial that a lock puts on them. */
export type Principals = {
  /** Whether each that the account has carries the denial; true where it has none. */
  areBound(ref: string): Promise<boolean>;
  bind(ref: string): Promise<void>;
  release(ref: string): Promise<void>;
};

export type PrincipalsOptions = {
  /** `user/{ref}`, `role/customer-{ref}`. */
  readonly templates: readonly string[];
  readonly tag: string;
  /** ARNs of those that are never bound. */
  readonly spared: readonly string[];
};

const policyName = 'forbear-lock';

type Principal = { readonly type: 'user' | 'role'; readonly name: string };

/** Finds an account's principals by their names, and takes none for its own that does not carry its tag. */
export function createPrincipals(open: Clients['iam'], options: PrincipalsOptions): Principals {
  const document = lockDocument();

  async function existing(ref: string): Promise<Principal[]> {
    const found: Principal[] = [];
    for (const principal of principalsOf(options.templates, ref)) {
      const tags = await look(open, principal);
      if (tags === null) continue;
      if (options.spared.includes(tags.arn)) throw refusal(principal, 'is protected, and is never bound');
      if (tags.tags.get(options.tag) !== ref)
        throw refusal(principal, `does not carry the tag ${options.tag} of this account`);
      found.push(principal);
    }
    return found;
  }

  return {
    async areBound(ref) {
      for (const principal of await existing(ref))
        if (!isDeepStrictEqual(await read(open, principal), document)) return false;
      return true;
    },
    async bind(ref) {
      for (const principal of await existing(ref))
        if (!isDeepStrictEqual(await read(open, principal), document)) await put(open, principal, document);
    },
    async release(ref) {
      for (const principal of await existing(ref)) await remove(open, principal);
    },
  };
}

/** What names IAM can have; a name that it can't have is nobody's. Pure. */
function principalsOf(templates: readonly string[], ref: string): Principal[] {
  return templates.flatMap((template) => {
    const [type, name = ''] = template.replace('{ref}', () => ref).split(/\/(.*)/s);
    const isName = /^[\w+=,.@-]{1,64}$/.test(name);
    return isName && (type === 'user' || type === 'role') ? [{ type, name }] : [];
  });
}

const refusal = ({ type, name }: Principal, what: string) =>
  new PortError('TARGET_REFUSED', `the ${type} ${name} ${what}`);

async function look(open: Clients['iam'], { type, name }: Principal) {
  const { client, sdk } = await open();
  try {
    const found =
      type === 'user'
        ? (await client.send(new sdk.GetUserCommand({ UserName: name }))).User
        : (await client.send(new sdk.GetRoleCommand({ RoleName: name }))).Role;
    return { arn: found?.Arn ?? '', tags: tagsOf(found?.Tags) };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function read(open: Clients['iam'], { type, name }: Principal): Promise<unknown> {
  const { client, sdk } = await open();
  try {
    const { PolicyDocument = '{}' } =
      type === 'user'
        ? await client.send(new sdk.GetUserPolicyCommand({ UserName: name, PolicyName: policyName }))
        : await client.send(new sdk.GetRolePolicyCommand({ RoleName: name, PolicyName: policyName }));
    // IAM gives documents as they stand in a URL.
    return JSON.parse(decodeURIComponent(PolicyDocument)) as unknown;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function put(open: Clients['iam'], { type, name }: Principal, document: unknown): Promise<void> {
  const { client, sdk } = await open();
  const policy = { PolicyName: policyName, PolicyDocument: JSON.stringify(document) };
  if (type === 'user') await client.send(new sdk.PutUserPolicyCommand({ UserName: name, ...policy }));
  else await client.send(new sdk.PutRolePolicyCommand({ RoleName: name, ...policy }));
}

async function remove(open: Clients['iam'], { type, name }: Principal): Promise<void> {
  const { client, sdk } = await open();
  const policy = { PolicyName: policyName };
  try {
    if (type === 'user') await client.send(new sdk.DeleteUserPolicyCommand({ UserName: name, ...policy }));
    else await client.send(new sdk.DeleteRolePolicyCommand({ RoleName: name, ...policy }));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
