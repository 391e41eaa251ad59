/** Whom a cloud knows a caller as. A session of a role counts as the role. */
export type PrincipalName = { readonly place: string; readonly kind: 'user' | 'role'; readonly name: string };

// Paths hold printable ASCII; names are what may be the last part. A wildcard is in neither, so a pattern names nobody.
const shape =
  /^arn:aws[a-z-]*:(iam|sts)::(\d{12}):(user|role|assumed-role)\/((?:[!-)+->@-~]{1,510}\/)?)([\w+=,.@-]{1,64})$/i;

/**
 * Who an ARN names: a user or a role with any path, or a session of a role. `null`: nobody that it could be told of, such as
 * the root user, a federated user or a pattern. Names are told apart without regard to case and path, as IAM does.
 */
export function principalOf(arn: string): PrincipalName | null {
  const [, service = '', place = '', sort = '', path = '', last = ''] = shape.exec(arn.trim()) ?? [];
  switch (`${service}:${sort}`.toLowerCase()) {
    case 'iam:user':
      return { place, kind: 'user', name: last.toLowerCase() };
    case 'iam:role':
      return { place, kind: 'role', name: last.toLowerCase() };
    case 'sts:assumed-role':
      return path === '' ? null : sessionOf(place, path);
    default:
      return null;
  }
}

/** What stands before the session is the role's name, without its path. */
function sessionOf(place: string, path: string): PrincipalName | null {
  const name = path.slice(0, -1);
  return /^[\w+=,.@-]{1,64}$/.test(name) ? { place, kind: 'role', name: name.toLowerCase() } : null;
}

/** Whether both are the same user, or the same role. */
export const isSamePrincipal = (one: PrincipalName, other: PrincipalName): boolean =>
  one.place === other.place && one.kind === other.kind && one.name === other.name;
