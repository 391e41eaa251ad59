import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { documentFor, policyName } from '../../src/adapters/aws/kill-switch/document.js';
import {
  createIamKillSwitch,
  type IamKillSwitchOptions,
} from '../../src/adapters/aws/kill-switch/kill-switch.js';
import { asAccountId } from '../../src/domain/ids.js';
import { planKill, planRestore, refusalsOf } from '../../src/guard/kill-plan.js';
import { isWhole, killAll, restoreAll } from '../../src/guard/kill.js';
import { PortError } from '../../src/ports/errors.js';
import { arnOf, killerRights, makeIamWorld, region, type IamWorld } from '../support/iam-world.js';
import { motoMissing, motoPath, startMoto, type Moto } from '../support/moto.js';

const acme = { id: asAccountId('0b0f6d3e-6a57-4a4e-8f0c-2f6f3f9f7a11'), ref: 'acme' };
const bounds = { shielded: [arnOf('role', 'break-glass')], most: 50 };
const mayGoOn = () => Promise.resolve();
const appRole = arnOf('role', 'customers/acme-app');

describe.skipIf(motoPath === null)(`the kill switch on an AWS that enforces rights${motoMissing}`, () => {
  let moto: Moto;
  let world: IamWorld;
  beforeAll(async () => {
    moto = await startMoto();
  });
  beforeEach(async () => {
    world = await makeIamWorld(moto);
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => moto?.close());

  const open = (changes: Partial<IamKillSwitchOptions> = {}) =>
    createIamKillSwitch({
      ...{ name: 'aws', region, endpoint: moto.url, tag: 'forbear:account', nowMs: Date.now },
      ...{ credentials: world.forbear, probes: [world.keys.acme], assumesRoles: true },
      ...{ settleMs: 200, pollMs: 20 },
      ...changes,
    });
  const planOf = async (kill = open()) => planKill(acme, await kill.survey(acme), bounds);
  const execute = async (kill = open(), check = mayGoOn) => {
    const plan = await planOf(kill);
    expect(refusalsOf([plan])).toEqual([]);
    return killAll(kill, acme, plan.denied, check);
  };
  const takeBack = async (kill = open()) => restoreAll(kill, acme, planRestore(await kill.survey(acme)));

  it('KS-1 refuses every call of the account, of sessions from before as well, and nobody else any; undo gives exactly that back', async () => {
    const before = await world.policies();
    const session = await world.sessionOf(appRole);
    for (const key of [world.keys.acme, session]) expect(await world.works(key)).toBe(true);

    const results = await execute();
    expect(results.map(({ principal }) => principal.arn).sort()).toEqual([appRole, arnOf('user', 'acme')]);
    for (const result of results)
      expect(result).toMatchObject({
        ...{ status: 'done', wasThere: false },
        verification: {
          verified: 'called',
          note: expect.stringMatching(/refused to it, and worked before/) as string,
        },
      });
    for (const key of [world.keys.acme, session]) expect(await world.works(key)).toBe(false);
    expect(await world.works(await world.sessionOf(appRole))).toBe(false);
    expect(await world.works(world.keys.beta)).toBe(true);
    expect((await open().survey(acme)).callers[0]).toMatchObject({ arn: arnOf('user', 'forbear') });

    const restored = await takeBack();
    expect(restored).toHaveLength(2);
    for (const result of restored) expect(result).toMatchObject({ verification: { verified: 'called' } });
    for (const key of [world.keys.acme, session]) expect(await world.works(key)).toBe(true);
    expect(await world.policies()).toEqual(before);
  });

  it('KS-1 changes nothing at all where a protected principal carries the tag', async () => {
    const before = await world.policies();
    await world.tagUser('forbear', 'acme');
    const plan = await planOf();
    expect(refusalsOf([plan])).toContain(
      `${arnOf('user', 'forbear')} is whom Forbear calls as, and carries the tag`,
    );
    expect(plan.denied).toEqual([]);
    expect(await world.policies()).toEqual(before);
  });

  it('KS-1 is harmless when repeated: what stands is left as it was written', async () => {
    await execute();
    const denied = await world.policies();
    const again = await execute();
    expect(again.map((one) => one.status === 'done' && one.wasThere)).toEqual([true, true]);
    expect(isWhole(again)).toBe(true);
    expect(await world.policies()).toEqual(denied);
    await takeBack();
    expect(await takeBack()).toEqual([]);
  });

  it('KS-1 is finished by repeating it, or given back whole, when it was cut short in the middle', async () => {
    const before = await world.policies();
    const kill = open();
    const [first, second] = (await planOf(kill)).denied;
    await kill.deny(acme, first!);
    expect(planRestore(await kill.survey(acme))).toHaveLength(1);
    const results = await execute();
    expect(results.map((one) => one.status === 'done' && one.wasThere)).toEqual([true, false]);
    expect(await world.works(world.keys.acme)).toBe(false);
    await kill.restore(acme, second!);
    expect(await takeBack()).toHaveLength(1);
    expect(await world.policies()).toEqual(before);
  });

  it('KS-1 neither overwrites nor deletes a policy of its name that is not its own', async () => {
    const theirs = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}';
    const kill = open();
    const surveyed = (await planOf(kill)).denied.find(({ kind }) => kind === 'user')!;
    await world.putPolicy('acme', policyName, theirs);
    const before = await world.policies();
    expect(refusalsOf([await planOf(kill)]).join()).toMatch(/under our name that is not ours/);
    // Also when it came between the plan and the act.
    await expect(kill.deny(acme, surveyed)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    await expect(kill.restore(acme, surveyed)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    expect(planRestore(await kill.survey(acme))).toEqual([]);
    expect(await world.policies()).toEqual(before);
  });

  it('KS-1 leaves alone who is denied everything for another account, and takes that back for the other only', async () => {
    const other = { id: asAccountId('1b0f6d3e-6a57-4a4e-8f0c-2f6f3f9f7a11'), ref: 'other' };
    await world.putPolicy('acme', policyName, documentFor(other.id, 'user', Date.now()));
    expect(refusalsOf([await planOf()]).join()).toMatch(/for another account of yours/);
    expect(planRestore(await open().survey(acme))).toEqual([]);
    expect(planRestore(await open().survey(other)).map(({ arn }) => arn)).toEqual([arnOf('user', 'acme')]);
  });

  it('KS-1 denies nothing to who lost the tag, or was made anew, since the plan', async () => {
    const kill = open();
    const user = (await planOf(kill)).denied.find(({ kind }) => kind === 'user')!;
    await expect(kill.deny(acme, { ...user, id: 'AIDAANOTHERONE' })).rejects.toThrow(/made anew/);
    await world.tagUser('acme', 'beta');
    await expect(kill.deny(acme, user)).rejects.toThrow(/does not carry the tag/);
    expect(await world.works(world.keys.acme)).toBe(true);
  });

  it('KS-1 goes on with the others where one fails, and says which and why', async () => {
    const rights = killerRights.filter((right) => right !== 'iam:PutUserPolicy');
    await world.setRights('forbear', rights);
    const results = await execute();
    expect(isWhole(results)).toBe(false);
    expect(results).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ status: 'failed', code: 'TARGET_REFUSED' },
          why: expect.stringContaining('iam:PutUserPolicy') as string,
        }),
        expect.objectContaining({ status: 'done', wasThere: false }),
      ]),
    );
    await world.setRights('forbear', killerRights);
    expect(isWhole(await execute())).toBe(true);
    expect(await world.works(world.keys.acme)).toBe(false);
  });

  it('stops before the next principal when everything is frozen meanwhile', async () => {
    let asked = 0;
    const results = await execute(open(), () => {
      asked += 1;
      return asked === 1 ? Promise.resolve() : Promise.reject(new PortError('FENCED', 'frozen'));
    });
    expect(results).toMatchObject([{ status: 'done' }, { status: 'failed', code: 'FENCED' }]);
  });

  it('says that it is not verified where it can make no call as the principal, and AWS has no simulation', async () => {
    const kill = open({ probes: [], assumesRoles: false });
    const [principal] = (await planOf(kill)).denied;
    expect(await kill.rehearse(acme, principal!)).toMatchObject({ by: 'ourselves', isDenied: true });
    for (const result of await execute(kill))
      expect(result).toMatchObject({ status: 'done', verification: { verified: 'unverified' } });
    expect(await world.works(world.keys.acme)).toBe(false);
  });

  it('says that it has failed where calls are not refused in the time that it has', async () => {
    const kill = open();
    const plan = await planOf(kill);
    const witness = await kill.witness(plan.denied);
    for (const principal of plan.denied)
      expect(await witness.refused(principal)).toMatchObject({ verified: 'failed' });
  });

  it('lists access keys with their use, and never a secret', async () => {
    await world.works(world.keys.acme);
    const kill = open();
    const user = (await planOf(kill)).denied.find(({ kind }) => kind === 'user')!;
    const keys = await kill.keys(user);
    expect(keys).toEqual([
      { id: world.keys.acme.accessKeyId, isActive: true, lastUsedAt: expect.any(Number) as number },
    ]);
    expect(JSON.stringify(keys)).not.toContain(world.keys.acme.secretAccessKey);
    await world.setRights(
      'forbear',
      killerRights.filter((right) => right !== 'iam:ListAccessKeys'),
    );
    expect(await kill.keys(user)).toBeNull();
  });

  it('acts as the role that it takes on, and shields that as well as itself', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', world.forbear.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', world.forbear.secretAccessKey);
    const kill = open({ role: { arn: arnOf('role', 'break-glass'), externalId: 'acme-platform' } });
    const { callers } = await kill.survey(acme);
    expect(callers.map(({ arn }) => arn.replace(/[^/]+$/, ''))).toEqual([
      'arn:aws:iam::123456789012:user/',
      'arn:aws:sts::123456789012:assumed-role/break-glass/',
    ]);
    expect(isWhole(await execute(kill))).toBe(true);
    expect(await world.works(world.keys.acme)).toBe(false);
  });

  it('tells a lost right from an AWS that is away', async () => {
    await world.setRights('forbear', ['ec2:*']);
    await expect(open().survey(acme)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    const away = open({ endpoint: 'http://127.0.0.1:9', timeoutMs: 500 });
    await expect(away.survey(acme)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const mute = open({ endpoint: `http://127.0.0.1:${port}`, timeoutMs: 200 });
    await expect(mute.survey(acme)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    silent.close();
    const none = open({ credentials: { accessKeyId: 'AKIAXXXXXXXXXXXXXXXX', secretAccessKey: 'x' } });
    await expect(none.survey(acme)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });
});
