import { describe, expect, it } from 'vitest';
import { createMemoryBilling } from '../../src/adapters/memory/billing.js';
import { createPayLinks } from '../../src/guard/pay-link.js';
import { createApp } from '../../src/http/app.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const deps = {
  readKeys: () => Promise.resolve([]),
  touchKey: () => Promise.resolve(),
  feed: { isLive: () => false, join: () => () => undefined, stop: () => Promise.resolve() },
  logger: silent,
  perMinute: 10,
  nowMs: Date.now,
  readAccess: () => Promise.resolve([]),
  payUrlOf: null,
  limit: 10,
  readPage: () => Promise.resolve([]),
  readOne: () => Promise.resolve(null),
  readEndpoints: () => Promise.resolve([]),
  readDeliveries: () => Promise.resolve([]),
  resend: () => Promise.resolve('unknown' as const),
  stopping: new AbortController().signal,
  pay: {
    links: createPayLinks('a secret of the tests'),
    readPayer: () => Promise.resolve(null),
    billing: createMemoryBilling({ clock: () => 0 }),
    logger: silent,
  },
};
const app = createApp({ logger: silent, intake: {} as never, checks: {}, api: deps });

type Operation = {
  readonly operationId?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
};
type Document = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

const read = async () => (await (await app.request('/openapi.json')).json()) as Document;
const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

// Of the provider alone, for people who got a mail, or the documentation itself.
const notForTheApp = /^\/(webhooks|approvals|openapi\.json|docs)/;

describe('/openapi.json', () => {
  it('lists every route that is there, and none that is not', async () => {
    const listed = operationsOf(await read()).map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const there = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !notForTheApp.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(listed.sort()).toEqual([...new Set(there)].sort());
    expect(listed).toContain('GET /v1/accounts/{id}/access');
  });

  it('is OpenAPI 3.1: every operation has an id of its own, responses with words, and its path’s parameters', async () => {
    const document = await read();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Forbear', version: expect.stringMatching(/\d/) as string });
    const operations = operationsOf(document);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(operations.length);
    expect(ids).not.toContain(undefined);
    for (const { path, method, operation } of operations) {
      expect(['get', 'put', 'post', 'delete', 'patch']).toContain(method);
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required === true)).toBe(true);
      expect(Object.keys(operation.responses)).not.toHaveLength(0);
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(description).toMatch(/\w/);
      }
    }
  });

  it('refers to nothing that is not in it', async () => {
    const document = await read();
    const references = JSON.stringify(document).match(/#\/components\/\w+\/\w+/g) ?? [];
    expect(references).not.toHaveLength(0);
    for (const reference of references) {
      const [, , kind = '', name = ''] = reference.split('/');
      expect(document.components[kind]?.[name]).toBeDefined();
    }
    expect(document.components['securitySchemes']).toHaveProperty('key');
  });

  it('says of every route below /v1 that it needs a key, and what goes wrong without', async () => {
    for (const { method, path, operation } of operationsOf(await read())) {
      const needsKey = path.startsWith('/v1/');
      expect(operation.security ?? []).toEqual(needsKey ? [{ key: [] }] : []);
      if (needsKey)
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403', '429']));
      if (!needsKey) continue;
      const answer = await app.request(path.replaceAll(/{\w+}/g, 'acme'), { method });
      expect(answer.status).toBe(401);
    }
  });
});

describe('/docs', () => {
  it('tells people of every route and shape, without anything from elsewhere', async () => {
    const answer = await app.request('/docs');
    const text = await answer.text();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|<link|https?:\/\//);
    for (const { path, method } of operationsOf(await read()))
      expect(text).toContain(`${method.toUpperCase()} ${path}`);
    for (const part of ['AccessAnswer', 'nextStep', 'revoked_pending', 'access:read'])
      expect(text).toContain(part);
  });
});
