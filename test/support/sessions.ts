import { afterEach, beforeEach, expect, it } from 'vitest';
import { asAccountId } from '../../src/domain/ids.js';
import type { SessionStore } from '../../src/ports/sessions.js';

/** Every account of the suite may have one of each. */
export const devices = ['web', 'mobile'] as const;
export type Device = (typeof devices)[number];

/** An app with its sessions and the store before them. The app does what docs/targets/sessions.md asks of it. */
export type SessionWorld = {
  readonly store: SessionStore;
  signIn(ref: string, device: Device, issuedAt: Date): Promise<void>;
  isLetIn(ref: string, device: Device): Promise<boolean>;
  /** Whether it tells how many it ended, and how many are left. */
  readonly counts: { readonly ended: boolean; readonly left: boolean };
  /** Whether it tells sessions apart by when they were issued; else it ends all that there are. */
  readonly knowsInstants: boolean;
  /** Accounts whose names it refuses, so that nothing of anybody is touched. */
  readonly refuses: readonly string[];
  /** Makes one account impossible, and no other. */
  readonly spoil: ((ref: string) => Promise<void>) | null;
  /** Takes the rights of whoever the store signs in as. */
  readonly loseRights: (() => Promise<void>) | null;
  down(): Promise<void>;
  up(): Promise<void>;
  /** What is asked is done, and the answer is lost. */
  mute(isMute: boolean): Promise<void>;
  close(): Promise<void>;
};

export const veryLong = 'x'.repeat(2_000);
/** Names that a key, a pattern or a path could take for something else. */
export const oddNames: readonly string[] = [
  ...['{}', '{acme}', '*', '?', '[', 'ac[m]e', 'acme*', '\\*', '%2A', 'acme:', 'acme:web', 'ac me', ' acme'],
  ...['müller', 'a\nb', 'a\r\nDEL b', '../acme', 'acme/web', '"acme"', '😀', '$&', 'ACME', veryLong],
];

export const accountOf = (ref: string) => ({ id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref });
const accountsOf = (...refs: readonly string[]) => refs.map(accountOf);

const [earlier, at, later] = [0, 60_000, 120_000].map((ms) => new Date(1_800_000_000_000 + ms)) as [
  Date,
  Date,
  Date,
];
const unavailable = { code: 'TARGET_UNAVAILABLE' };
const refused = { code: 'TARGET_REFUSED' };

/** What not every store can be brought to. */
type Possible = {
  /** One account alone is impossible. */
  readonly spoiling?: boolean;
  /** It has rights that can be taken. */
  readonly rights?: boolean;
};

/** What every session store promises; the tests stand in the suite that calls it. */
export function keepsThePromisesOfSessions(
  open: () => Promise<SessionWorld>,
  { spoiling = false, rights = true }: Possible = {},
): void {
  let world: SessionWorld;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.close());

  const signInEverywhere = async (...refs: readonly string[]) => {
    const all = refs.flatMap((ref) => devices.map((device) => world.signIn(ref, device, earlier)));
    await Promise.all(all);
  };
  const letIn = async (ref: string) => {
    const all = await Promise.all(
      devices.map(async (device) => ((await world.isLetIn(ref, device)) ? [device] : [])),
    );
    return all.flat();
  };
  const told = (ref: string, ended: number) => ({ ref, ended: world.counts.ended ? ended : null });

  it('CB-2 ends every session of the accounts, answers for each in their order, and says how many there were', async () => {
    await signInEverywhere('acme', 'other');
    await world.signIn('third', 'web', earlier);
    expect(await letIn('acme')).toEqual(devices);
    expect(await world.store.end(accountsOf('third', 'nobody', 'acme'), at)).toEqual([
      told('third', 1),
      told('nobody', 0),
      told('acme', 2),
    ]);
    expect([await letIn('third'), await letIn('acme'), await letIn('other')]).toEqual([[], [], devices]);
  });

  it('can be repeated, and ends none the second time', async () => {
    await signInEverywhere('acme');
    await world.store.end(accountsOf('acme'), at);
    expect(await world.store.end(accountsOf('acme'), at)).toEqual([told('acme', 0)]);
    expect(await letIn('acme')).toEqual([]);
  });

  it('does nothing for nobody', async () => {
    expect(await world.store.end([], at)).toEqual([]);
  });

  it('leaves whose names are alike as they are', async () => {
    const others = ['acm', 'acme2', 'acme-2', '1acme', 'ACME', 'acme.web', 'acmeweb', 'web', 'acme_'];
    await signInEverywhere('acme', ...others);
    await world.store.end(accountsOf('acme'), at);
    for (const other of others) expect([other, await letIn(other)]).toEqual([other, devices]);
  });

  it('says how many are left, or that it can’t tell', async () => {
    await signInEverywhere('acme');
    const left = () => world.store.left(accountOf('acme'), at);
    expect(await left()).toBe(world.counts.left ? 2 : null);
    await world.store.end(accountsOf('acme'), at);
    expect(world.counts.left ? [0] : [0, null]).toContain(await left());
  });

  it('lets whoever signs in later come in, where it knows when sessions were issued', async () => {
    await signInEverywhere('acme');
    if (world.knowsInstants) await world.signIn('acme', 'web', later);
    await world.store.end(accountsOf('acme'), at);
    if (!world.knowsInstants) await world.signIn('acme', 'web', later);
    expect(await letIn('acme')).toEqual(['web']);
  });

  it('takes back no end, when two come in the wrong order', async () => {
    await world.signIn('acme', 'web', at);
    await world.store.end(accountsOf('acme'), later);
    await world.store.end(accountsOf('acme'), earlier);
    expect(await letIn('acme')).toEqual([]);
    await Promise.all([later, earlier, at].map((one) => world.store.end(accountsOf('acme'), one)));
    expect(await letIn('acme')).toEqual([]);
  });

  it.each(oddNames.map((ref) => [ref.length > 40 ? `${ref.slice(0, 10)}…` : JSON.stringify(ref), ref]))(
    'keeps %s to its own sessions, or refuses it and touches none',
    async (_shown, ref) => {
      const others = [
        'acme',
        'web',
        'other',
        ...oddNames.filter((one) => one !== ref && !world.refuses.includes(one)),
      ];
      await signInEverywhere(...others);
      if (world.refuses.includes(ref)) {
        await expect(world.store.end(accountsOf(ref), at)).rejects.toMatchObject(refused);
      } else {
        await signInEverywhere(ref);
        expect(await letIn(ref)).toEqual(devices);
        expect(await world.store.end(accountsOf(ref), at)).toEqual([told(ref, 2)]);
        expect(await letIn(ref)).toEqual([]);
      }
      const still = await Promise.all(others.map(async (other) => [other, await letIn(other)]));
      expect(still).toEqual(others.map((other) => [other, devices]));
    },
  );

  it('ends those of many accounts in one call', async () => {
    const refs = Array.from({ length: 1_203 }, (_, n) => `account-${n}`);
    const some = ['account-0', 'account-499', 'account-500', 'account-1202'];
    await signInEverywhere(...some, 'account-1203');
    const ended = await world.store.end(accountsOf(...refs), at);
    expect(ended.map(({ ref }) => ref)).toEqual(refs);
    for (const ref of some) expect([ref, await letIn(ref)]).toEqual([ref, []]);
    expect(await letIn('account-1203')).toEqual(devices);
  });

  const whereSpoiling = spoiling ? it : unregistered;
  whereSpoiling('goes on past an account that it can’t end, and then says so', async () => {
    await signInEverywhere('first', 'last');
    await mustHave(world.spoil)('spoilt');
    await expect(world.store.end(accountsOf('first', 'spoilt', 'last'), at)).rejects.toMatchObject(refused);
    expect([await letIn('first'), await letIn('last')]).toEqual([[], []]);
  });

  it('never takes a store that is away for one without sessions, and goes on once it is back', async () => {
    await signInEverywhere('acme');
    // A connection that stands already, and then one that can't be made.
    await world.store.left(accountOf('acme'), at);
    await world.down();
    for (let n = 0; n < 2; n += 1)
      await expect(world.store.end(accountsOf('acme'), at)).rejects.toMatchObject(unavailable);
    if (world.counts.left)
      await expect(world.store.left(accountOf('acme'), at)).rejects.toMatchObject(unavailable);
    await world.up();
    expect(await letIn('acme')).toEqual(devices);
    await world.store.end(accountsOf('acme'), at);
    expect(await letIn('acme')).toEqual([]);
  });

  it('does not take a lost answer for a done one, and can be asked again', async () => {
    await signInEverywhere('acme', 'other');
    await world.store.left(accountOf('acme'), at);
    await world.mute(true);
    await expect(world.store.end(accountsOf('acme'), at)).rejects.toMatchObject(unavailable);
    await world.mute(false);
    const [again] = await world.store.end(accountsOf('acme'), at);
    expect(again?.ref).toBe('acme');
    expect([await letIn('acme'), await letIn('other')]).toEqual([[], devices]);
  });

  const whereRights = rights ? it : unregistered;
  whereRights('is refused once its rights are taken, and ends nothing', async () => {
    await signInEverywhere('acme');
    await world.store.left(accountOf('acme'), at);
    await mustHave(world.loseRights)();
    await expect(world.store.end(accountsOf('acme'), at)).rejects.toMatchObject(refused);
    expect(await letIn('acme')).toEqual(devices);
  });

  it('says what was reached, and changes nothing by it', async () => {
    await signInEverywhere('acme');
    expect((await world.store.inspect()).reached).not.toBe('');
    expect(await letIn('acme')).toEqual(devices);
  });
}

/** For what a store can't be brought to: no test, and so none that is skipped. */
const unregistered = (): void => undefined;

function mustHave<T>(possible: T | null): T {
  if (possible === null)
    throw new Error('the suite says that this store can, and its world says that it can’t');
  return possible;
}
