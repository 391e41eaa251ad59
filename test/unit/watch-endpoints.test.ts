import { describe, expect, it } from 'vitest';
import { typesActedOn, typesAskedFor } from '../../src/dispatcher/classify.js';
import type { EventEndpoint } from '../../src/ports/events.js';
import { addressesOf, checkEndpoints, creationOf, type WantedEndpoint } from '../../src/watch/endpoints.js';

const url = 'https://forbear.example/webhooks/stripe';
const wanted: WantedEndpoint = {
  urls: [url],
  paths: ['/webhooks/stripe'],
  livemode: false,
  versions: { oldest: '2024-04-10', newest: '2026-10-28.endive' },
};
const anEndpoint = (changes: Partial<EventEndpoint> = {}): EventEndpoint => ({
  id: 'we_1',
  url,
  enabled: true,
  types: typesAskedFor,
  apiVersion: null,
  livemode: false,
  ...changes,
});
const keysOf = (endpoints: readonly EventEndpoint[], changes: Partial<WantedEndpoint> = {}) =>
  checkEndpoints(endpoints, { ...wanted, ...changes }).map(({ key, severity }) => [key, severity]);

describe('the webhook endpoints of Stripe', () => {
  it('are well when one that is enabled sends everything that is asked for', () => {
    expect(keysOf([anEndpoint()])).toEqual([]);
    expect(keysOf([anEndpoint({ url: `${url}/` })])).toEqual([]);
  });

  it.each([
    ['none is there', []],
    ['the host has moved', [anEndpoint({ url: 'https://old.example/webhooks/stripe' })]],
    ['the route has moved', [anEndpoint({ url: 'https://forbear.example/hooks/stripe' })]],
  ])('page somebody when none sends here: %s', (_, endpoints) => {
    expect(keysOf(endpoints)).toEqual([['endpoint_missing', 'page']]);
    const [problem] = checkEndpoints(endpoints, wanted);
    for (const endpoint of endpoints) expect(problem?.text).toContain(endpoint.url);
  });

  it('IN-3 are told with the command that makes the right one: its address and every type of event', () => {
    const command = creationOf({ ...wanted, livemode: true });
    expect(command).toContain(`stripe webhook_endpoints create --live --url="${url}"`);
    const named = [...command.matchAll(/enabled_events\[\]=([\w.*]+)/g)].map(([, type]) => type);
    expect(named).toEqual(typesAskedFor);
    expect(checkEndpoints([], wanted)[0]?.remedy).toContain(creationOf(wanted));
  });

  it('P-10 page somebody when Stripe has disabled the only one, and not while another is enabled', () => {
    const ill = anEndpoint({ id: 'we_ill', enabled: false });
    expect(keysOf([ill])).toEqual([['endpoint_disabled', 'page']]);
    expect(checkEndpoints([ill], wanted)[0]?.remedy).toContain('update we_ill -d "disabled=false"');
    expect(keysOf([ill, anEndpoint()])).toEqual([]);
  });

  it('page somebody when the one that sends here is of the other mode', () => {
    expect(keysOf([anEndpoint()], { livemode: true })).toEqual([['endpoint_other_mode', 'page']]);
  });

  it('P-10 warn of a type that is missing over all that are enabled, with a list that leaves the others in', () => {
    const [first = '', ...rest] = typesAskedFor;
    const some = anEndpoint({ types: rest });
    const other = anEndpoint({ id: 'we_2', types: [first] });
    expect(keysOf([some])).toEqual([['endpoint_types_missing', 'warning']]);
    const [problem] = checkEndpoints([some], wanted);
    expect(problem?.text).toContain(`does not send ${first}.`);
    for (const type of typesAskedFor) expect(problem?.remedy).toContain(`[]=${type}"`);
    expect(keysOf([some, other])).toEqual([]);
    expect(keysOf([some, { ...other, enabled: false }])).toEqual([['endpoint_types_missing', 'warning']]);
  });

  it.each(['*', 'invoice.created'])('SUB-4 warn of %s, which can hold invoices up', (type) => {
    const problems = checkEndpoints([anEndpoint({ types: [...typesActedOn, type] })], wanted);
    expect(problems.find(({ key }) => key === 'endpoint_types_unwanted:we_1')).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining('72 h') as string,
    });
  });

  it.each([
    ['2024-04-09', 'older than 2024-04-10'],
    ['2027-01-01.fir', 'newer than 2026-10-28.endive'],
  ])('warn of API version %s', (apiVersion, why) => {
    const [problem] = checkEndpoints([anEndpoint({ apiVersion })], wanted);
    expect(problem).toMatchObject({
      key: 'endpoint_version:we_1',
      text: expect.stringContaining(why) as string,
    });
  });

  it.each(['2024-04-10', '2025-03-31.basil', '2026-10-28.endive'])('take API version %s', (apiVersion) => {
    expect(keysOf([anEndpoint({ apiVersion })])).toEqual([]);
  });

  it('warn of two that send the same here', () => {
    expect(keysOf([anEndpoint(), anEndpoint({ id: 'we_2' })])).toEqual([['endpoint_twice', 'warning']]);
  });
});

describe('the address of the intake', () => {
  const known = { webhookUrl: null, publicUrl: null, aliases: ['/stripe/webhook'] };

  it('is the webhook’s own, then that of the public URL, and an alias is as right', () => {
    const publicUrl = 'https://forbear.example';
    const webhookUrl = 'https://edge.example/in';
    expect(addressesOf({ ...known, publicUrl, webhookUrl }).urls).toEqual([
      webhookUrl,
      url,
      'https://forbear.example/stripe/webhook',
    ]);
    const addresses = addressesOf({ ...known, publicUrl });
    expect(keysOf([anEndpoint({ url: 'https://forbear.example/stripe/webhook' })], addresses)).toEqual([]);
  });

  it('is told by its path where nobody has said it', () => {
    const addresses = addressesOf(known);
    for (const at of ['https://a.example/webhooks/stripe', 'https://b.example/base/stripe/webhook'])
      expect(keysOf([anEndpoint({ url: at })], addresses)).toEqual([]);
    expect(keysOf([anEndpoint({ url: 'https://c.example/other' })], addresses)).toEqual([
      ['endpoint_missing', 'page'],
    ]);
  });
});
