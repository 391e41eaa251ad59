import { describe, expect, it } from 'vitest';
import { nameOf } from '../support/stripe-mock/compare.js';
import { hold } from '../support/stripe-mock/hold.js';
import { unlisted } from '../support/stripe-mock/sent.js';
import type { Schema, Specification } from '../support/stripe-mock/specification.js';

const customer: Schema = {
  type: 'object',
  properties: { id: { type: 'string', maxLength: 10 }, object: { type: 'string', enum: ['customer'] } },
  required: ['id', 'object'],
  'x-resourceId': 'customer',
};
const invoice: Schema = {
  type: 'object',
  properties: {
    amount: { type: 'integer' },
    status: { type: 'string', enum: ['open', 'paid'], nullable: true },
    customer: { anyOf: [{ type: 'string' }, { $ref: '#/components/schemas/customer' }] },
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
    lines: {
      type: 'array',
      items: { type: 'object', properties: { url: { type: 'string', pattern: '^/v1' } } },
    },
  },
  required: ['amount', 'customer'],
};
const specification: Specification = {
  info: { version: 'none' },
  paths: {},
  components: { schemas: { customer, invoice } },
};
const good = {
  amount: 7,
  status: 'open',
  customer: 'cus_1',
  metadata: { plan: 'a' },
  lines: [{ url: '/v1/x' }],
};

const wrongIn = (value: unknown) => hold(specification, invoice, value, 'invoice').violations.map(nameOf);

describe('holding an answer to the specification', () => {
  it('finds nothing wrong with one that fits, whether a reference is expanded or not', () => {
    expect(wrongIn(good)).toEqual([]);
    expect(wrongIn({ ...good, customer: { id: 'cus_1', object: 'customer' }, status: null })).toEqual([]);
  });

  it.each([
    [{ paid: true }, 'invoice.paid unknown'],
    [{ amount: undefined }, 'invoice.amount missing'],
    [{ amount: null }, 'invoice.amount null'],
    [{ amount: '7' }, 'invoice.amount type string instead of integer'],
    [{ amount: 7.5 }, 'invoice.amount type number instead of integer'],
    [{ status: 'overdue' }, 'invoice.status value "overdue"'],
    [{ customer: { object: 'customer' } }, 'customer.id missing'],
    [{ customer: { id: 'cus_1234567890', object: 'customer' } }, 'customer.id value "cus_1234567890"'],
    [{ metadata: { plan: 1 } }, 'invoice.metadata.* type number instead of string'],
    [{ lines: [{ url: '/v2' }] }, 'invoice.lines[].url value "/v2"'],
    [{ lines: [{ url: '/v1', colour: 'red' }] }, 'invoice.lines[].colour unknown'],
  ])('finds what is wrong with %j', (change, difference) => {
    expect(wrongIn(JSON.parse(JSON.stringify({ ...good, ...change })))).toEqual([difference]);
  });

  it('tells every field that was there, and what it was', () => {
    const { seen } = hold(specification, invoice, { ...good, status: null }, 'invoice');
    expect(seen.get('invoice.status')).toEqual(new Set(['null']));
    expect(seen.get('invoice.lines[].url')).toEqual(new Set(['string']));
    expect(seen.has('customer')).toBe(false);
  });
});

describe('requests that are not compared', () => {
  const listed = { 'GET /v1/invoices/:id': ['expand=customer'] };
  const get = (path: string, query = '') => ({ method: 'GET', path, query: new URLSearchParams(query) });

  it('are told by operation, by parameter and by what is expanded', () => {
    const asked = [get('/v1/invoices/in_1', 'expand[0]=customer'), get('/v1/invoices/in_2')];
    expect(unlisted(asked, listed)).toEqual([]);
    const strange = [...asked, get('/v1/invoices/in_1', 'expand[0]=charge&colour=red'), get('/v1/invoices')];
    expect(unlisted(strange, listed)).toEqual([
      'GET /v1/invoices',
      'GET /v1/invoices/:id colour',
      'GET /v1/invoices/:id expand=charge',
    ]);
  });
});
