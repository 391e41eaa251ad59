import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSamePrincipal, principalOf } from '../../../src/domain/principal.js';
import {
  outOfReach,
  planKill,
  planRestore,
  refusalsOf,
  type KillBounds,
} from '../../../src/guard/kill-plan.js';
import type { Principal, Survey } from '../../../src/ports/kill-switch.js';

const place = '123456789012';
const glass = `arn:aws:iam::${place}:role/break-glass`;
const self = { arn: `arn:aws:sts::${place}:assumed-role/forbear/run-1`, id: 'AROAFORBEAR:run-1' };

function principal(changes: Partial<Principal> = {}): Principal {
  const { kind = 'user', name = 'acme', path = '/' } = changes;
  const arn = `arn:aws:iam::${place}:${kind}${path}${name}`;
  return {
    ...{ arn, kind, name, path, id: `ID-${arn}` },
    ...{ isTagged: true, deny: 'none', inline: [] },
    ...changes,
  };
}

function surveyOf(principals: readonly Principal[], changes: Partial<Survey> = {}): Survey {
  const known = [glass, `arn:aws:iam::${place}:role/forbear`, ...principals.map(({ arn }) => arn)];
  return { place, callers: [self], principals, known, ...changes };
}

const acme = { ref: 'acme' };
const bounds: KillBounds = { shielded: [glass], most: 50 };
const why = (survey: Survey, changes: Partial<KillBounds> = {}, of = acme) =>
  planKill(of, survey, { ...bounds, ...changes });

describe('a plan of the kill switch', () => {
  it('KS-1 denies exactly the users and roles that carry the tag', () => {
    const [user, role] = [principal(), principal({ kind: 'role', path: '/customers/' })];
    const untagged = principal({ name: 'other', isTagged: false, deny: 'ours' });
    const plan = why(surveyOf([user, role, untagged]));
    expect(plan).toMatchObject({ refusals: [], left: [], denied: [user, role] });
    expect(plan.shielded).toEqual([glass, self.arn]);
  });

  it('KS-1 leaves what AWS lets nobody change, and says so', () => {
    const linked = principal({
      kind: 'role',
      name: 'AWSServiceRoleForX',
      path: '/aws-service-role/x.amazonaws.com/',
    });
    const sso = principal({
      kind: 'role',
      name: 'AWSReservedSSO_a',
      path: '/aws-reserved/sso.amazonaws.com/',
    });
    const plan = why(surveyOf([principal(), linked, sso]));
    expect(plan.denied).toEqual([principal()]);
    expect(plan.left.map(({ principal: { name } }) => name)).toEqual([linked.name, sso.name]);
    expect(outOfReach.join(' ')).toMatch(/root user.*Service-linked.*can take the deny away/);
  });

  it.each<[string, Survey, Partial<KillBounds>, RegExp]>([
    ['nobody carries the tag', surveyOf([]), {}, /nobody is meant/],
    [
      'nobody can be denied',
      surveyOf([principal({ kind: 'role', path: '/aws-service-role/x/' })]),
      {},
      /none of the principals/,
    ],
    [
      'there are more than allowed',
      surveyOf([principal(), principal({ name: 'b' })]),
      { most: 1 },
      /2 principals.*at most 1/,
    ],
    ['zero are allowed', surveyOf([principal()]), { most: 0 }, /at most 0/],
    ['nobody is protected', surveyOf([principal()]), { shielded: [] }, /nobody of AWS account/],
    [
      'only somebody elsewhere is protected',
      surveyOf([principal()]),
      { shielded: ['arn:aws:iam::999999999999:role/break-glass'] },
      /nobody of AWS account/,
    ],
    [
      'the protected one does not exist',
      surveyOf([principal()]),
      { shielded: [glass, `arn:aws:iam::${place}:role/brake-glass`] },
      /brake-glass is to be protected and does not exist/,
    ],
    ['nobody says who we are', surveyOf([principal()], { callers: [] }), {}, /nobody has said/],
    [
      'we are the root user',
      surveyOf([principal()], { callers: [{ arn: `arn:aws:iam::${place}:root`, id: place }] }),
      {},
      /could shut itself out/,
    ],
    ['somebody else has a policy of that name', surveyOf([principal({ deny: 'foreign' })]), {}, /not ours/],
    [
      'it is denied for another account',
      surveyOf([principal({ deny: 'of another account' })]),
      {},
      /undo that first/,
    ],
    [
      'one lives elsewhere',
      surveyOf([principal({ arn: 'arn:aws:iam::999999999999:user/acme' })]),
      {},
      /another AWS account/,
    ],
    [
      'one is a pattern',
      surveyOf([principal({ arn: `arn:aws:iam::${place}:user/*` })]),
      {},
      /no user and no role/,
    ],
    [
      'one is the root user',
      surveyOf([principal({ arn: `arn:aws:iam::${place}:root` })]),
      {},
      /no user and no role/,
    ],
    ['one is named twice', surveyOf([principal(), principal({ path: '/b/' })]), {}, /named twice/],
  ])('KS-1 denies nobody anything where %s', (_, survey, changes, text) => {
    const plan = why(survey, changes);
    expect(plan.denied).toEqual([]);
    expect(refusalsOf([plan]).join('\n')).toMatch(text);
  });

  it.each(['', ' ', '*', 'ac*', 'acm?'])('KS-1 takes no pattern for an account: "%s"', (ref) => {
    expect(why(surveyOf([principal()]), {}, { ref })).toMatchObject({
      denied: [],
      refusals: [expect.any(String)],
    });
  });

  it('KS-1 may find nobody in one place, and not the same principal by two ways', () => {
    const [nobody, plan] = [why(surveyOf([])), why(surveyOf([principal()]))];
    expect(refusalsOf([nobody, plan])).toEqual([]);
    expect(refusalsOf([nobody, nobody])).toEqual([expect.stringContaining('nobody is meant')]);
    expect(refusalsOf([plan, plan])).toEqual([expect.stringContaining('two switches')]);
    const barred = why(surveyOf([principal()]), { most: 0 });
    expect(refusalsOf([plan, barred])).toEqual([expect.stringContaining('at most 0')]);
  });

  it('KS-1 is taken back from whom it stands at, with or without the tag, and from nobody else', () => {
    const standing = principal({ deny: 'ours', isTagged: false });
    const others = (['none', 'foreign', 'of another account'] as const).map((deny) => principal({ deny }));
    expect(planRestore(surveyOf([standing, ...others]))).toEqual([standing]);
  });
});

const nameOf = fc.stringMatching(/^[A-Za-z0-9+=,.@_-]{1,20}$/);
const pathOf = fc.stringMatching(/^\/([a-z0-9.-]{1,8}\/){0,3}$/);
const inAnyCase = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(text, fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }))
    .map(([word, ups]) => Array.from(word, (c, n) => (ups[n % ups.length] ? c.toUpperCase() : c)).join(''));

/** Any way in which an ARN can name a principal: another path, another case, a session of the role, spaces around it. */
const anyForm = (kind: 'user' | 'role', name: string) => {
  const plain = pathOf.map((path) => `arn:aws:iam::${place}:${kind}${path}${name}`);
  const session = nameOf.map((run) => `arn:aws:sts::${place}:assumed-role/${name}/${run}`);
  return fc
    .tuple(inAnyCase(kind === 'role' ? fc.oneof(plain, session) : plain), fc.constantFrom('', ' '))
    .map(([arn, space]) => `${space}${arn}${space}`);
};

const named = fc.tuple(fc.constantFrom<'user' | 'role'>('user', 'role'), nameOf, pathOf);

describe('whoever is protected', () => {
  const aCase = named.chain(([kind, name, path]) =>
    fc.record({
      tagged: inAnyCase(fc.constant(name)).map((spelt) => principal({ kind, name: spelt, path })),
      form: anyForm(kind, name),
      others: fc.array(
        named.map(([sort, word, at]) => principal({ kind: sort, name: word, path: at })),
        { maxLength: 5 },
      ),
    }),
  );

  it('KS-1 is never in a plan, whatever case, path or session he is named by', () => {
    fc.assert(
      fc.property(aCase, ({ tagged, form, others }) => {
        const plan = why(surveyOf([...others, tagged]), { shielded: [glass, form] });
        expect(plan.denied).toEqual([]);
        expect(plan.refusals.join('\n')).toContain(`${tagged.arn} is protected`);
      }),
      { numRuns: 500 },
    );
  });

  it('KS-1 is never in a plan when it is we who call', () => {
    fc.assert(
      fc.property(aCase, ({ tagged, form, others }) => {
        const plan = why(surveyOf([...others, tagged], { callers: [self, { arn: form, id: 'other' }] }));
        expect(plan.denied).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('KS-1 is known by the id of AWS as well, should the name be another', () => {
    const tagged = principal({ kind: 'role', name: 'renamed', id: 'AROAFORBEAR' });
    expect(why(surveyOf([tagged])).refusals).toEqual([expect.stringContaining('whom Forbear calls as')]);
  });
});

describe('the name in an ARN', () => {
  it.each([
    ['arn:aws:iam::123456789012:root'],
    ['arn:aws:sts::123456789012:federated-user/acme'],
    ['arn:aws:iam::123456789012:group/acme'],
    ['arn:aws:iam::123456789012:user/'],
    ['arn:aws:iam::123456789012:role/a*'],
    ['arn:aws:iam::*:role/acme'],
    ['arn:aws:sts::123456789012:assumed-role/acme'],
    ['arn:aws:sts::123456789012:role/acme'],
    ['*'],
    [''],
  ])('is nobody who can be told: %s', (arn) => {
    expect(principalOf(arn)).toBeNull();
  });

  it('tells a user from a role, and one place from another', () => {
    const [user, role, elsewhere] = [
      principalOf('arn:aws:iam::123456789012:user/x'),
      principalOf('arn:aws-cn:iam::123456789012:role/a/b/X'),
      principalOf('arn:aws:iam::210987654321:role/x'),
    ];
    expect(role).toEqual({ place, kind: 'role', name: 'x' });
    for (const other of [user, elsewhere]) expect(isSamePrincipal(role!, other!)).toBe(false);
  });
});
