import { OpenFeature, type Client } from '@openfeature/server-sdk';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createForbearProvider } from '../../../src/app/openfeature.js';
import { acmeId, answerOf, createStandIn, type StandIn } from '../../support/app-standin.js';

let forbear: StandIn;
let clock: number;
let flags: Client;
const acme = { targetingKey: acmeId };

beforeEach(async () => {
  forbear = createStandIn();
  clock = 0;
  const { url, key, fetch } = forbear;
  const source = {
    url,
    key,
    fetch,
    whenUnknown: 'open',
    onProblem: () => undefined,
    now: () => clock,
  } as const;
  await OpenFeature.setProviderAndWait('forbear-test', createForbearProvider(source));
  flags = OpenFeature.getClient('forbear-test');
});
afterAll(() => OpenFeature.close());

describe('the OpenFeature provider', () => {
  it('says what an account may do', async () => {
    forbear.state.answer = answerOf('read_only');
    const { version } = forbear.state.answer;
    for (const [flag, value] of [
      ['forbear.read', true],
      ['forbear.write', false],
      ['forbear.grow', false],
      ['forbear.run', true],
      ['forbear.export', true],
    ] as const)
      expect(await flags.getBooleanDetails(flag, !value, acme)).toMatchObject({
        value,
        reason: 'TARGETING_MATCH',
        variant: String(value),
        flagMetadata: { version, access: 'read_only' },
      });
    expect(await flags.getStringValue('forbear.access', '', acme)).toBe('read_only');
    expect(await flags.getStringValue('forbear.next-step-at', '', acme)).toBe('2026-11-24T09:00:00.000Z');
    expect(forbear.state.asked).toHaveLength(1);
  });

  it('leaves the default where nothing is due', async () => {
    const details = await flags.getStringDetails('forbear.next-step-at', 'never', acme);
    expect(details).toMatchObject({ value: 'never', reason: 'DEFAULT' });
    expect(details.errorCode).toBeUndefined();
  });

  it('says what access is worth where no subscription does', async () => {
    forbear.state.answer = answerOf('active', [], {
      plan: { name: 'free', limits: { seats: 1, projects: 0 } },
    });
    expect(await flags.getStringValue('forbear.plan', 'pro', acme)).toBe('free');
    expect(await flags.getNumberValue('forbear.limit.seats', 20, acme)).toBe(1);
    expect(await flags.getNumberDetails('forbear.limit.projects', 20, acme)).toMatchObject({
      value: 0,
      reason: 'TARGETING_MATCH',
    });
  });

  it('leaves the plan and the limits that were sold where a subscription counts, or no such limit is set', async () => {
    const sold = { value: 20, reason: 'DEFAULT' };
    expect(await flags.getNumberDetails('forbear.limit.seats', 20, acme)).toMatchObject(sold);
    expect(await flags.getStringDetails('forbear.plan', 'pro', acme)).toMatchObject({
      value: 'pro',
      reason: 'DEFAULT',
    });
    forbear.state.answer = answerOf('active', [], { plan: { name: 'free', limits: { seats: 1 } } });
    clock += 2_000;
    for (const limit of ['toString', '__proto__', ''])
      expect(await flags.getNumberDetails(`forbear.limit.${limit}`, 20, acme)).toMatchObject(sold);
  });

  it('says that it is what was known last', async () => {
    forbear.state.answer = answerOf('read_only');
    await flags.getBooleanValue('forbear.write', true, acme);
    forbear.state.fault = new Response('down', { status: 503 });
    clock += 2_000;
    const details = await flags.getBooleanDetails('forbear.write', true, acme);
    expect(details).toMatchObject({ value: false, reason: 'STALE' });
  });

  it.each([true, false])('gives the default, and why, when it cannot know: %s', async (value) => {
    forbear.state.fault = new Response('down', { status: 503 });
    const details = await flags.getBooleanDetails('forbear.write', value, acme);
    expect(details).toMatchObject({ value, reason: 'ERROR', errorCode: 'GENERAL' });
    expect(details.errorMessage).toMatch(/Forbear/);
  });

  it('tells apart an unknown flag, a missing account and a wrong type', async () => {
    const codes = [
      (await flags.getBooleanDetails('forbear.fly', false, acme)).errorCode,
      (await flags.getBooleanDetails('forbear.write', false, {})).errorCode,
      (await flags.getStringDetails('forbear.write', '', acme)).errorCode,
      (await flags.getBooleanDetails('forbear.access', false, acme)).errorCode,
      (await flags.getNumberDetails('forbear.write', 0, acme)).errorCode,
      (await flags.getObjectDetails('forbear.write', {}, acme)).errorCode,
    ];
    const mismatch = 'TYPE_MISMATCH';
    expect(codes).toEqual([
      'FLAG_NOT_FOUND',
      'TARGETING_KEY_MISSING',
      mismatch,
      mismatch,
      mismatch,
      mismatch,
    ]);
  });
});
