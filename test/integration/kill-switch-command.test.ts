import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approvalsCommand } from '../../src/cli/approvals.js';
import { caseCommand } from '../../src/cli/case.js';
import { freezeCommand, unfreezeCommand } from '../../src/cli/freeze.js';
import { killSwitchCommand } from '../../src/cli/kill-switch.js';
import { addAccount, type AccountRow } from '../../src/db/queries/accounts.js';
import { createChainCheck, readAuditTrail } from '../../src/db/queries/audit.js';
import { beginKill, type KillOrder } from '../../src/db/queries/kill-orders.js';
import { releaseBreaker } from '../../src/db/queries/switches.js';
import { breakerActs } from '../../src/db/schema.js';
import { spokenBody } from '../../src/db/words.js';
import { rehearsalBreakers, type BreakerRules } from '../../src/domain/breaker.js';
import { asCustomerId } from '../../src/domain/ids.js';
import type { GuardSettings } from '../../src/guard/brakes.js';
import { bulkSecret, max, zoe } from '../support/bulk.js';
import { forbearHere } from '../support/cli.js';
import { arnOf, killerRights, makeIamWorld, region, type IamWorld } from '../support/iam-world.js';
import { motoMissing, motoPath, startMoto, type Moto } from '../support/moto.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { makeTestFolder } from '../support/stack-folder.js';

const signed = ['--reason', 'keys were leaked', '--by', zoe];
const bothOf = [arnOf('role', 'customers/acme-app'), arnOf('user', 'acme')];

describe.skipIf(motoPath === null)(`forbear kill-switch${motoMissing}`, () => {
  const folder = makeTestFolder('kill-switch');
  let [moto, stack, world, account]: [Moto?, TestDatabase?, IamWorld?, { id: AccountRow['id'] }?] = [];
  const [db, iam, acme] = [() => stack!.database.db, () => world!, () => account!.id];

  beforeAll(async () => {
    [moto, stack] = await Promise.all([startMoto(), startDatabase('kill-switch')]);
    account = await addAccount(db(), {
      ref: 'acme',
      name: 'Acme',
      contacts: [],
      customers: [asCustomerId('cus_acme')],
    });
  });
  beforeEach(async () => {
    world = await makeIamWorld(moto!);
    writeSettings({});
  });
  afterAll(async () => {
    await Promise.all([moto?.close(), stack?.end()]);
    folder.remove();
  });

  const file = join(folder.path, 'forbear.yaml');
  const writeSettings = (changes: Readonly<Record<string, unknown>>) => {
    const entry = { name: 'aws', region, endpoint: moto!.url, protected: [arnOf('role', 'break-glass')] };
    const more = { verifyWithEnv: 'PROBES', verifyAsRoles: true, settleSeconds: 1, ...changes };
    // Tests act faster than people.
    writeFileSync(
      file,
      JSON.stringify({ targets: [], breakers: 'rehearsal', killSwitch: [{ ...entry, ...more }] }),
    );
  };
  const settings = (changes: Readonly<Record<string, string>> = {}) => ({
    ...{ DATABASE_URL: stack!.url, FORBEAR_CONFIG: file, FORBEAR_MODE: 'enforce' },
    ...{ AWS_ACCESS_KEY_ID: iam().forbear.accessKeyId, AWS_SECRET_ACCESS_KEY: iam().forbear.secretAccessKey },
    PROBES: `${iam().keys.acme.accessKeyId}:${iam().keys.acme.secretAccessKey}`,
    ...changes,
  });
  const run = (args: readonly string[], changes: Readonly<Record<string, string>> = {}) =>
    forbearHere(killSwitchCommand(), ['kill-switch', 'acme', ...signed, ...args], settings(changes));
  const orderOf = (step: KillOrder['step']): KillOrder => ({
    ...{ id: crypto.randomUUID(), account: acme(), step, by: zoe, reason: 'a test' },
    ...{ principals: bothOf, hash: 'h', approval: null },
  });
  const guardWith = (breakers: BreakerRules): GuardSettings => ({
    ...{ mode: 'enforce', frozen: false, isFrozenByFile: () => false, breakers },
  });
  const works = () => iam().works(iam().keys.acme);
  const trail = async () => {
    const [entries, chain] = [
      [] as (readonly [string, string, Record<string, unknown>])[],
      createChainCheck(),
    ];
    for await (const row of readAuditTrail(db(), acme())) {
      chain.add(row);
      entries.push([row.kind, row.effect, spokenBody(row)]);
    }
    expect(chain.result().brokenAt).toBeNull();
    return entries;
  };

  it('KS-1 shows who, which keys, who is safe and what it does not reach, and changes nothing', async () => {
    const before = await iam().policies();
    const { code, out } = await run([]);
    expect(code).toBe(0);
    for (const text of [...bothOf, arnOf('role', 'break-glass'), iam().keys.acme.accessKeyId])
      expect(out).toContain(text);
    expect(out).toMatch(/root user.*Service-linked.*2 would be denied everything; nothing was changed/s);
    expect(out).not.toContain(iam().keys.acme.secretAccessKey);
    const records = (await run(['--json'])).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(records.at(-1)).toMatchObject({ record: 'plan', ref: 'acme', count: 2, refusals: [] });
    expect(await iam().policies()).toEqual(before);
    expect(await trail()).toEqual([]);
  });

  it('KS-1 is done on the exact number, verified by calls, in the audit log, and reversed by one command', async () => {
    const before = await iam().policies();
    for (const typed of [[], ['--confirm', '3'], ['--confirm', 'two']])
      expect(await run(['--execute', ...typed])).toMatchObject({ code: 2 });
    expect(await works()).toBe(true);

    const done = await run(['--execute', '--confirm', '2']);
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/called: .*refused to it/s) as string });
    expect(await works()).toBe(false);
    expect(await iam().works(iam().keys.beta)).toBe(true);
    expect(await run(['--undo'])).toMatchObject({ code: 0 });
    expect(await works()).toBe(true);
    expect(await iam().policies()).toEqual(before);
    expect((await run(['--undo'])).out).toContain('nothing to take back');

    const entries = await trail();
    expect(entries.map(([kind]) => kind)).toEqual([
      'order',
      'intent',
      'outcome',
      'order',
      'intent',
      'outcome',
    ]);
    expect(entries[0]![2]).toMatchObject({
      kind: 'kill switch',
      by: zoe,
      reason: 'keys were leaked',
      count: 2,
    });
    expect(entries[2]![2]).toEqual({ status: 'done', evidence: '2 principals: 2 called' });
    // The act belongs to no case: its order's id stands in the case's place.
    const order = entries[0]![1].replace('order/', '');
    expect(entries[1]![1]).toBe(`${acme()}/${order}/restrict/1`);
    expect(
      entries
        .slice(1, 3)
        .map((entry) => JSON.stringify(entry))
        .join(),
    ).not.toContain('arn:');
    const history = await forbearHere(caseCommand(), ['case', 'history', 'acme'], settings());
    expect(history).toMatchObject({ code: 0, out: expect.stringContaining('kill switch undone') as string });
  });

  it('P-8 waits for another of the approvers, for exactly this plan, and uses his word once', async () => {
    const approvers = {
      FORBEAR_APPROVERS: `${zoe},${max}`,
      FORBEAR_LINK_SECRET: bulkSecret,
      FORBEAR_PUBLIC_URL: 'https://forbear.example',
    };
    const asked = await run(['--execute', '--confirm', '2', '--json'], approvers);
    expect(asked).toMatchObject({ code: 4, err: expect.stringContaining('another person') as string });
    const { id, acts } = JSON.parse(asked.out) as { id: string; acts: string[] };
    expect(acts).toEqual(expect.arrayContaining([expect.stringContaining(bothOf[0]!)]));
    const execute = () => run(['--execute', '--approval', id], approvers);
    const approve = (by: string) =>
      forbearHere(approvalsCommand(), ['approvals', 'approve', id, '--by', by], settings(approvers));

    expect(await execute()).toMatchObject({
      code: 4,
      err: expect.stringContaining('nobody has decided') as string,
    });
    expect(await approve(zoe)).toMatchObject({ code: 4 });
    expect(await approve(max)).toMatchObject({ code: 0 });
    await iam().tagUser('beta', 'acme');
    expect(await execute()).toMatchObject({
      code: 4,
      err: expect.stringContaining('not exactly the acts') as string,
    });
    expect(await works()).toBe(true);
    await iam().tagUser('beta', 'beta');
    expect(await execute()).toMatchObject({ code: 0 });
    expect(await works()).toBe(false);
    expect(await execute()).toMatchObject({
      code: 4,
      err: expect.stringContaining('used already') as string,
    });
    // Giving back waits for nobody.
    expect(await run(['--undo'], approvers)).toMatchObject({ code: 0 });
    expect(await works()).toBe(true);
  });

  it('P-7 is held by a freeze and by observing, which hold no undo', async () => {
    expect(await run(['--execute', '--confirm', '2'])).toMatchObject({ code: 0 });
    const freeze = ['freeze', ...signed];
    await forbearHere(freezeCommand(), freeze, settings());
    const held = await run(['--execute', '--confirm', '2']);
    expect(held).toMatchObject({ code: 4, err: expect.stringContaining('frozen') as string });
    expect(await run(['--undo'], { FORBEAR_MODE: 'observe' })).toMatchObject({ code: 0 });
    expect(await works()).toBe(true);
    await forbearHere(unfreezeCommand(), ['unfreeze', ...signed], settings());
    for (const changes of [{ FORBEAR_MODE: 'observe' }, { FORBEAR_FREEZE: '1' }])
      expect(await run(['--execute', '--confirm', '2'], changes)).toMatchObject({ code: 4 });
    expect(await works()).toBe(true);
  });

  it('P-7 counts as one act by hand, and waits for its breaker', async () => {
    const counted = () => db().$count(breakerActs);
    const before = await counted();
    await run(['--execute', '--confirm', '2']);
    await run(['--undo']);
    expect(await counted()).toBe(before + 1);
    const zero = { most: 0, share: 0, floor: 0 };
    const bounds = { ...rehearsalBreakers.bounds, revoke: { hour: zero, day: zero } };
    const order = orderOf('restrict');
    expect(await beginKill(db(), order, guardWith({ ...rehearsalBreakers, bounds }))).toMatchObject({
      ...{ status: 'held', reason: 'breaker_open' },
    });
    expect((await trail()).filter(([, effect]) => effect.includes(order.id))).toEqual([]);
    // It stays tripped, and holds no undo.
    expect(await run(['--execute', '--confirm', '2'])).toMatchObject({ code: 4 });
    expect(await run(['--undo'])).toMatchObject({ code: 0 });
    await releaseBreaker(db(), 'revoke', { by: zoe, reason: 'a test' });
  });

  it('KS-1 fails loudly where a right is lost half-way, and is finished by the same command', async () => {
    await iam().setRights(
      'forbear',
      killerRights.filter((right) => right !== 'iam:PutRolePolicy'),
    );
    const failed = await run(['--execute', '--confirm', '2']);
    expect(failed).toMatchObject({
      code: 1,
      out: expect.stringMatching(/FAILED.*TARGET_REFUSED/s) as string,
    });
    expect((await trail()).at(-1)?.[2]).toMatchObject({
      status: 'failed',
      evidence: expect.stringContaining('1 TARGET_REFUSED') as string,
    });
    await iam().setRights('forbear', killerRights);
    expect(await run(['--execute', '--confirm', '2'])).toMatchObject({ code: 0 });
  });

  it('KS-1 refuses the whole plan, and changes nothing, where a protected principal carries the tag', async () => {
    writeSettings({ protected: [arnOf('role', 'break-glass'), arnOf('user', 'ACME')] });
    const before = await iam().policies();
    for (const args of [[], ['--execute', '--confirm', '2'], ['--execute', '--confirm', '0']])
      expect(await run(args)).toMatchObject({
        code: 4,
        err: expect.stringContaining('is protected, and carries the tag') as string,
      });
    expect(await iam().policies()).toEqual(before);
  });

  it('says what is missing: an account, a switch, an AWS that answers', async () => {
    const nobody = await forbearHere(killSwitchCommand(), ['kill-switch', 'nobody', ...signed], settings());
    expect(nobody.code).toBe(3);
    expect(await run([], { FORBEAR_CONFIG: '' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('no kill switch') as string,
    });
    expect(await run(['--undo', '--execute'])).toMatchObject({ code: 2 });
    writeSettings({ endpoint: 'http://127.0.0.1:9' });
    expect(await run([])).toMatchObject({
      code: 1,
      err: expect.stringContaining('AWS does not answer') as string,
    });
  });
});
