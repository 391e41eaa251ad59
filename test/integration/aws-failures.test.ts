import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resource, Target } from '../../src/ports/target.js';
import { awsError, ec2Error, startAwsProxy, type AwsProxy, type Fate } from '../support/aws-proxy.js';
import { acme, awsSuite } from '../support/aws-suite.js';
import { motoMissing, motoPath } from '../support/moto.js';

const { signal } = new AbortController();
const unavailable = { code: 'TARGET_UNAVAILABLE' };

describe.skipIf(motoPath === null)(`AWS as a target, when something fails${motoMissing}`, () => {
  const suite = awsSuite();
  const { make } = suite;
  let proxy: AwsProxy;
  beforeEach(async () => {
    proxy = await startAwsProxy(suite.world().moto.url);
  });
  afterEach(() => proxy.close());

  const through = (changes: Parameters<typeof suite.target>[0] = {}) =>
    suite.target({ endpoint: proxy.url, timeoutMs: 2_000, ...changes });
  const instance = async (): Promise<Resource> => ({
    id: (await make().instance('acme'))[0] ?? '',
    kind: 'ec2-instance',
  });
  /** Only this call has this fate, every time. */
  const fate = (call: string, of: Fate) => proxy.decide((name) => (name === call ? of : 'pass'));
  const everyMethod = (target: Target, one: Resource): Readonly<Record<string, () => Promise<unknown>>> => ({
    find: () => target.find(acme),
    snapshot: () => target.snapshot(acme, one),
    pause: () => target.pause(acme, one),
    lock: () => target.lock(acme, one),
    probe: () => target.probe(acme, one),
    resume: () => target.resume(acme, one, { running: true }),
    unlock: () => target.unlock(acme, one),
    inspect: () => target.inspect(),
  });

  it('asks later from every method, and never says "none", when nobody answers', async () => {
    const one = await instance();
    await proxy.close();
    for (const [name, call] of Object.entries(everyMethod(through(), one)))
      await expect(call(), name).rejects.toMatchObject(unavailable);
    proxy = await startAwsProxy(suite.world().moto.url);
  });

  it('waits for an answer no longer than it was told to', async () => {
    const one = await instance();
    proxy.decide(() => 'hang');
    const impatient = through({ timeoutMs: 200 });
    await expect(impatient.probe(acme, one)).rejects.toMatchObject(unavailable);
    await expect(impatient.find(acme)).rejects.toMatchObject(unavailable);
  });

  it.each([
    ['RequestLimitExceeded', 503, 'TARGET_UNAVAILABLE'],
    ['Throttling', 400, 'TARGET_UNAVAILABLE'],
    ['IncorrectInstanceState', 400, 'TARGET_UNAVAILABLE'],
    ['InternalError', 500, 'TARGET_UNAVAILABLE'],
    ['InsufficientInstanceCapacity', 500, 'TARGET_UNAVAILABLE'],
    ['UnauthorizedOperation', 403, 'TARGET_REFUSED'],
    ['OperationNotPermitted', 400, 'TARGET_REFUSED'],
    ['UnsupportedOperation', 400, 'TARGET_REFUSED'],
    ['VcpuLimitExceeded', 400, 'TARGET_REFUSED'],
  ])('takes %s (%i) for %s', async (code, status, expected) => {
    const one = await instance();
    fate('StopInstances', ec2Error(status, code));
    await expect(through().pause(acme, one)).rejects.toMatchObject({ code: expected });
    expect(await make().instanceState(one.id)).toBe('running');
  });

  it.each([
    ['pause', 'StopInstances', 'off'],
    ['lock', 'CreateTags', 'in_between'],
    ['resume', 'StartInstances', 'serving'],
    ['unlock', 'DeleteTags', 'serving'],
  ] as const)(
    'ends where one %s ends when the answer of the first was lost after it was executed',
    async (step, call, ends) => {
      const one = await instance();
      const target = through();
      if (step === 'resume') await target.pause(acme, one);
      if (step === 'unlock') await target.lock(acme, one);
      const act = () =>
        step === 'resume' ? target.resume(acme, one, { running: true }) : target[step](acme, one);
      fate(call, 'lose');
      await expect(act()).rejects.toMatchObject(unavailable);
      proxy.decide(() => 'pass');
      await act();
      expect(await target.probe(acme, one)).toBe(ends);
    },
  );

  it('sends nothing that changes anything when all is as it should be already', async () => {
    const one = await instance();
    const target = through();
    await target.lock(acme, one);
    await target.pause(acme, one);
    proxy.calls.length = 0;
    await target.lock(acme, one);
    await target.pause(acme, one);
    await target.resume(acme, one, { running: false });
    expect(new Set(proxy.calls.map(({ name }) => name))).toEqual(new Set(['DescribeInstances']));
  });

  it('goes on with the rest after one of several could not be stopped', async () => {
    const [first = '', second = ''] = await make().instance('acme', 2);
    const target = through();
    const failing = (name: string, body: string): Fate =>
      name === 'StopInstances' && body.includes(second.split('/').at(-1) ?? '')
        ? ec2Error(500, 'InternalError')
        : 'pass';
    proxy.decide(failing);
    const [one, two] = [first, second].map((id) => ({ id, kind: 'ec2-instance' }));
    await target.pause(acme, one!);
    await expect(target.pause(acme, two!)).rejects.toMatchObject(unavailable);
    expect([await target.probe(acme, one!), await target.probe(acme, two!)]).toEqual(['off', 'serving']);
    proxy.decide(() => 'pass');
    for (const resource of [one!, two!]) await target.pause(acme, resource);
    expect([await target.probe(acme, one!), await target.probe(acme, two!)]).toEqual(['off', 'off']);
  });

  describe('reads a list to its end', () => {
    const fill: Record<
      string,
      { readonly size: number; readonly call: string; make: () => Promise<unknown> }
    > = {
      ec2: {
        size: 5,
        call: 'DescribeInstances',
        // Each is a reservation of its own, which is what this AWS counts.
        make: async () => {
          for (let count = 0; count < 12; count += 1) await make().instance('acme');
        },
      },
      autoscaling: {
        size: 5,
        call: 'DescribeAutoScalingGroups',
        make: async () => {
          for (let count = 0; count < 12; count += 1) await make().group('acme', `fleet-${count}`, [0, 0, 1]);
        },
      },
      rds: {
        size: 20,
        call: 'DescribeDBInstances',
        make: async () => {
          for (let count = 0; count < 41; count += 1) await make().database('acme', `store-${count}`);
        },
      },
    };

    it.each(['ec2', 'autoscaling', 'rds'] as const)(
      'of %s, and takes a list that breaks off for none',
      async (service) => {
        const { size, call, make: makeMany } = fill[service]!;
        await makeMany();
        const target = through({ services: [service], pageSize: size });
        const wanted = service === 'rds' ? 41 : 12;
        expect(new Set((await target.find(acme)).map(({ id }) => id)).size).toBe(wanted);
        const pages = proxy.calls.filter(({ name }) => name === call).length;
        expect(pages).toBe(3);
        let asked = 0;
        proxy.decide((name) => {
          if (name !== call) return 'pass';
          asked += 1;
          return asked > 1 ? awsError(503, 'ServiceUnavailable') : 'pass';
        });
        await expect(target.find(acme)).rejects.toMatchObject(unavailable);
      },
      60_000,
    );
  });

  it('assumes one role for all its calls, for a quarter of an hour, with the external id', async () => {
    const one = await instance();
    const target = through();
    await target.lock(acme, one);
    await target.find(acme);
    const assumed = proxy.calls.filter(({ name }) => name === 'AssumeRole');
    expect(assumed.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toMatchObject([
      { DurationSeconds: '900', ExternalId: 'what-only-we-two-know', RoleSessionName: 'forbear' },
    ]);
  });

  it('is refused when the role can’t be assumed, tells no secret, and asks anew the next time', async () => {
    const one = await instance();
    fate(
      'AssumeRole',
      awsError(403, 'AccessDenied', 'User: forbear is not authorized to perform: sts:AssumeRole'),
    );
    const target = through();
    const refusal = await target.find(acme).then(
      () => new Error('it was found'),
      (error: unknown) => error as Error,
    );
    expect(refusal).toMatchObject({ code: 'TARGET_REFUSED' });
    expect(refusal.message).toContain('sts:AssumeRole');
    expect(refusal.message).not.toMatch(/what-only-we-two-know|never-to-be-shown/);
    proxy.decide(() => 'pass');
    expect(await target.probe(acme, one)).toBe('serving');
  });

  it('stops waiting for a drain when it is told to', async () => {
    const aborted = AbortSignal.abort(new Error('paid'));
    const one = await instance();
    await through().drain(acme, one, signal);
    await expect(through().drain(acme, one, aborted)).rejects.toBe(aborted.reason);
  });
});
