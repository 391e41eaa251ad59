import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import type { StackDescription } from '../../src/dev/description.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { forbear } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { checkout, devOptions, removeData } from '../support/dev-standin.js';

let dataFolder: string;
let stack: Stack;
const said: string[] = [];
const start = () => startStack(devOptions(checkout, said, { dataFolder, stripe: null }));

beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'forbear-stack-'));
  stack = await start();
});
afterAll(async () => {
  await stack.stop();
  removeData(dataFolder);
});

const written = () => JSON.parse(readFileSync(join(dataFolder, 'dev.json'), 'utf8')) as StackDescription;
const endpoints = async () => {
  const { base, key } = stack.stripe;
  return (await createStripeClient({ secretKey: key, apiBase: base }).webhookEndpoints.list()).data;
};

describe('the stack of forbear dev', () => {
  it('is ready in every part, and dev.json says where', async () => {
    expect((await fetch(`${stack.api}/readyz`)).status).toBe(200);
    expect(stack).toMatchObject(written());
    expect(Object.keys(written())).toEqual([
      'api',
      'temporal',
      'postgres',
      'stripe',
      'mail',
      'platform',
      'settings',
      'pids',
    ]);
    expect(Object.keys(stack.pids).sort()).toEqual([
      'api',
      'mail',
      'platform',
      'postgres',
      'stripe',
      'temporal',
      'worker',
    ]);
  });

  it('has its metrics for whoever takes the token from dev.json', async () => {
    const ask = (token: string) =>
      fetch(`${stack.api}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const answer = await ask(written().settings['FORBEAR_METRICS_TOKEN'] ?? '');
    expect([answer.status, (await ask('another')).status]).toEqual([200, 401]);
    expect(await answer.text()).toMatch(/^forbear_postgres_up 1$/m);
  });

  it('is well, says the doctor, and what is left to do is said with its remedy', async () => {
    const { code, out, err } = await forbear(['doctor', '--json'], written().settings);
    const found = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { part: string; state: string; remedy: string | null });
    expect([code, err, found.filter(({ state }) => state === 'broken')]).toEqual([0, '', []]);
    expect(found.map(({ part }) => part)).toEqual(
      expect.arrayContaining([
        'schema',
        'clocks',
        'webhook',
        'missing events',
        'search attributes',
        'mail',
        'platform platform',
        'api',
      ]),
    );
    const left = found.filter(({ state }) => state === 'warning');
    expect(left).toMatchObject([
      { part: 'keys', remedy: expect.stringContaining('forbear key create') as string },
      { part: 'alerts', remedy: expect.stringContaining('docs/alerts.md') as string },
    ]);
  });

  it('delivers every kind of event that matters to the api, once', async () => {
    const [endpoint, ...others] = await endpoints();
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({ url: `${stack.api}/webhooks/stripe`, status: 'enabled' });
    expect(endpoint?.enabled_events).toEqual(
      expect.arrayContaining([
        'invoice.payment_failed',
        'invoice.paid',
        'customer.subscription.deleted',
        'charge.dispute.created',
      ]),
    );
  });

  it('comes back by itself when its worker and its database are killed', async () => {
    const before = stack.pids;
    stack.kill9('worker');
    stack.kill9('postgres');
    await eventually(
      'both run again',
      () => said.includes('worker runs again') && said.includes('postgres runs again'),
      60_000,
    );
    expect(written().pids.worker).not.toBe(before.worker);
    await eventually('the api is ready', async () => (await fetch(`${stack.api}/readyz`)).status === 200);
  });

  it('goes on after a stop where it was, on other ports with still one endpoint', async () => {
    const { key } = stack.stripe;
    await stack.stop();
    expect(existsSync(join(dataFolder, 'dev.json'))).toBe(false);
    stack = await start();
    expect(stack.stripe.key).toBe(key);
    expect((await endpoints()).map(({ url }) => url)).toEqual([`${stack.api}/webhooks/stripe`]);
  });
});
