import { describe, expect, it } from 'vitest';
import { describeError, printableError } from '../../src/log/errors.js';
import { allowedFields } from '../../src/log/fields.js';
import { createLogger } from '../../src/log/logger.js';
import { redact } from '../../src/log/redact.js';
import { temporalLoggerTo } from '../../src/log/temporal.js';
import { PortError } from '../../src/ports/errors.js';
import { within } from '../../src/within.js';

function heard() {
  const lines: string[] = [];
  return { logger: createLogger('test', { write: (line) => lines.push(line) }), lines };
}
const only = (lines: readonly string[]) => {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Readonly<Record<string, unknown>>;
};

describe('a line of the log', () => {
  it('holds the fields that are allowed, and of others only the names', () => {
    const { logger, lines } = heard();
    const account = '0a0b0c0d-0000-4000-8000-000000000001';
    const others = { email: 'jane@example.com', body: { card: '4242' }, 'jane@x.example': 1 };
    logger.warn({ account, status: 503, ...others }, 'it failed');
    const line = only(lines);
    expect(line).toMatchObject({ level: 40, part: 'test', account, status: 503, msg: 'it failed' });
    expect(line['dropped']).toEqual(['email', 'body', '?']);
    expect(lines[0]).not.toMatch(/jane|4242/);
  });

  it('leaves out what is not of its kind', () => {
    const wrong = {
      account: 'Jane Doe',
      status: '503 jane@example.com',
      livemode: 'yes',
      since: 'yesterday',
      text: { a: 1 },
      url: 7,
    };
    expect(allowedFields(wrong)).toEqual({ dropped: Object.keys(wrong) });
  });

  it('says nothing of fields that are not given', () => {
    expect(allowedFields({ account: undefined, reason: null })).toEqual({ reason: null });
  });

  it('keeps every field that our own lines have', () => {
    const fields = {
      policy: 'a1b2c3',
      mode: 'observe',
      targets: 2,
      eventId: 'evt_1',
      reason: 'no answer within 10 s',
      alert: 'temporal_down',
      channel: 'oncall',
      why: 'Slack answered 500',
      severity: 'page',
      text: 'Cases stand still.',
      since: '2026-12-01T09:00:00.000Z',
      remedy: 'See to it: forbear doctor.',
      look: 'arrival',
      url: 'http://127.0.0.1:8377',
      livemode: false,
      approval: '12',
      approved: true,
      result: 'taken',
      endpoint: 'we_1',
      host: 'app.example.com:8443',
      status: null,
      activity: 'readFacts',
      route: '/v1/accounts/:id/access',
      workflowId: 'account/0a0b0c0d-0000-4000-8000-000000000001',
    };
    expect(allowedFields(fields)).toEqual(fields);
  });

  it('goes the same way when Temporal’s SDK has something to say, from warnings on', () => {
    const { logger, lines } = heard();
    const sdk = temporalLoggerTo(logger);
    sdk.info('all is well');
    sdk.warn('Activity failed', { activityType: 'notify', attempt: 2, headers: { a: 'jane@example.com' } });
    expect(only(lines)).toMatchObject({ activityType: 'notify', attempt: 2, dropped: ['headers'] });
  });
});

describe('an error in the log', () => {
  it('is said in its words, without what is secret, where they are ours', () => {
    const error = new PortError('TARGET_REFUSED', 'platform: pause answered 403 (jane@example.com)');
    const said = describeError(error);
    expect(said).toMatchObject({
      name: 'TARGET_REFUSED',
      code: 'TARGET_REFUSED',
      message: 'platform: pause answered 403 (<address>)',
    });
    expect(said.at?.[0]).toMatch(/log\.test\.ts:\d+:\d+/);
  });

  const others: readonly (readonly [string, Error, object])[] = [
    [
      'Postgres',
      Object.assign(new Error('duplicate key: Key (email)=(Jane) exists'), {
        name: 'PostgresError',
        code: '23505',
        detail: 'Key (email)=(Jane)',
        constraint_name: 'contacts_email',
      }),
      { name: 'PostgresError', code: '23505', known: { constraint_name: 'contacts_email' } },
    ],
    [
      'a mail server',
      Object.assign(new Error('550 <Jane> unknown'), {
        code: 'EENVELOPE',
        command: 'RCPT TO',
        responseCode: 550,
      }),
      { code: 'EENVELOPE', known: { command: 'RCPT TO', responseCode: 550 } },
    ],
    [
      'Stripe',
      Object.assign(new Error('No such customer: Jane'), {
        type: 'StripeInvalidRequestError',
        requestId: 'req_1',
        statusCode: 404,
        raw: { message: 'Jane' },
      }),
      { known: { type: 'StripeInvalidRequestError', requestId: 'req_1', statusCode: 404 } },
    ],
    ['JSON', new SyntaxError('Unexpected token J in "Jane\n    at Jane (x:1:1)"'), { name: 'SyntaxError' }],
    [
      'a wrong code',
      Object.assign(new Error('x'), { code: 'Jane Doe said no', name: 'Jane: "x"' }),
      { name: 'Error' },
    ],
  ];
  it.each(others)('is told by name, codes and place, never by words of others: %s', (_, error, says) => {
    const wrapped = new PortError('MAIL_UNAVAILABLE', 'our sentence', { cause: error });
    for (const said of [describeError(error), describeError(wrapped).cause]) {
      expect(said).toMatchObject(says);
      expect(JSON.stringify(said)).not.toContain('Jane');
      expect(said?.message).toBeUndefined();
      expect(said?.at?.[0]).toMatch(/log\.test\.ts/);
    }
  });

  it('is said in its words, too, where a line of ours threw it without a class of its own', async () => {
    const error = await within(1, new Promise(() => undefined)).catch((thrown: unknown) => thrown);
    expect(describeError(error)).toMatchObject({ name: 'Error', message: 'no answer within 1 ms' });
  });

  it('is told by its type where it is no error, and to a depth that ends', () => {
    expect(describeError('Jane')).toEqual({ name: 'string' });
    const error = new Error('x');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).match(/"cause"/g)).toHaveLength(4);
  });

  it('is printed for a person with its words, but not with secrets or a query’s parameters', () => {
    expect(printableError(new Error('port 8377 is taken'))).toMatch(/^Error: port 8377 is taken\n +at /);
    expect(printableError(new Error('at postgres://u:pw@db/x?a=b'))).toContain('at postgres://db/x?…\n');
    const cause = Object.assign(new Error('column'), { name: 'PostgresError', code: '42703' });
    const failed = new Error('Failed query: select 1\nparams: Jane', { cause });
    const printed = printableError(failed);
    expect(printed).toMatch(/^a query failed \(PostgresError 42703\)/);
    expect(printed).not.toContain('Jane');
    for (const [, error] of others.slice(0, 4)) expect(printableError(error)).not.toContain('Jane');
  });
});

describe('what must not be written down', () => {
  const random = 'AbCdEfGhIjKlMnOpQrStUvWx';
  it.each([
    ['to jane.doe+x@mail.example.com, now', 'to <address>, now'],
    ['<jane@example.com>', '<<address>>'],
    ['sk_live_abc rk_test_def whsec_Zm9v+/= fb_test_xyz', '<secret> <secret> <secret> <secret>'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer <secret>'],
    ['password=hunter2&x=1', 'password=<secret>&x=1'],
    ['"token": "abc"', '"token": "<secret>"'],
    [`key k1:${Buffer.alloc(32, 7).toString('base64')}`, 'key k1:<secret>'],
    ['smtp://user:pa%40ss@mail.example.com:587', 'smtp://mail.example.com:587'],
    ['see https://x.example/a/b?email=jane@x.example#f.', 'see https://x.example/a/b?….'],
    [`https://x.example/pay/${random}9`, 'https://x.example/pay/…'],
    ['https://hooks.slack.com/services/T0/B0/xyz', 'https://hooks.slack.com/…'],
    ['https://x.example/u/jane@x.example/', 'https://x.example/u/…/'],
    ['card 4242 4242 4242 4242 declined', 'card <card> declined'],
  ])('%s', (text, said) => {
    expect(redact(text)).toBe(said);
  });

  it.each([
    'at 1764579600001 after 3 tries',
    'account/0a0b0c0d-0000-4000-8000-000000000001 is held until 2026-12-01 09:00 UTC',
    'https://dashboard.stripe.com/webhooks says why',
    'set STRIPE_WEBHOOK_SECRET, or forbear doctor --json',
    'http://127.0.0.1:8377',
    'evt_1PabcDEF of in_12345',
    'the token of platform was not taken',
  ])('and what may be: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
