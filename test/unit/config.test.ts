import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readApproversConfig, readLinkSecret } from '../../src/config-approvers.js';
import { readDevConfig, readFakeStripeConfig } from '../../src/config-dev.js';
import {
  ConfigError,
  readApiConfig,
  readDatabaseConfig,
  readTemporalConfig,
  readWorkerConfig,
  type Env,
} from '../../src/config.js';
import { usualBreakers } from '../../src/domain/breaker.js';
import { MINUTE_MS } from '../../src/domain/time.js';

const folder = mkdtempSync(join(tmpdir(), 'forbear-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const api: Env = {
  DATABASE_URL: 'postgres://forbear@localhost:5432/forbear',
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
};
const worker: Env = {
  DATABASE_URL: 'postgres://forbear@localhost:5432/forbear',
  STRIPE_SECRET_KEY: 'sk_test_1',
  SMTP_URL: 'smtp://localhost:2525',
  MAIL_FROM: 'billing@example.com',
  FORBEAR_POLICY: 'policies/saas.yaml',
};

const codecKey = `k1:${Buffer.alloc(32, 1).toString('base64')}`;

const links: Env = {
  FORBEAR_LINK_SECRET: 'a-secret-of-at-least-32-characters',
  FORBEAR_PUBLIC_URL: 'https://forbear.example.com',
};

function problemsOf(read: (env: Env) => unknown, env: Env): string {
  try {
    read(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was taken');
}
const readDev = (env: Env) => readDevConfig(env, 'default');

const required: readonly [string, (env: Env) => unknown, Env][] = [
  ['api', readApiConfig, api],
  ['worker', readWorkerConfig, worker],
  ['database', readDatabaseConfig, { DATABASE_URL: 'postgres://localhost/forbear' }],
];

describe('what is missing', () => {
  it.each(required)('is told all at once, by name: %s', (_, read, env) => {
    const message = problemsOf(read, {});
    for (const name of Object.keys(env))
      expect(message).toMatch(new RegExp(`^  ${name} is missing: .+`, 'm'));
    expect(message.split('\n')).toHaveLength(Object.keys(env).length + 1);
    // Each says in our words what it is to be.
    expect(message).not.toContain('Invalid input');
  });

  it.each(
    required.flatMap(([part, read, env]) => Object.keys(env).map((name) => ({ part, name, read, env }))),
  )('is told of an empty variable as of one that is not set: $part, $name', ({ name, read, env }) => {
    const without = Object.fromEntries(Object.entries(env).filter(([key]) => key !== name));
    expect(problemsOf(read, { ...env, [name]: '' })).toBe(problemsOf(read, without));
  });

  it('has a default where one is right', () => {
    const empty = { FORBEAR_HOST: '', FORBEAR_PORT: '', TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '' };
    const config = readApiConfig({ ...api, ...empty });
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8377, temporal: { namespace: 'default' } });
    expect(config.temporal.connection.address).toBe('localhost:7233');
    expect(config.stripe).toMatchObject({ metadataKey: 'forbear_account', apiBase: undefined });
    expect([config.temporal.codec, config.codecUiOrigin]).toEqual([null, null]);
    expect(readWorkerConfig({ ...worker, FORBEAR_MODE: '', FORBEAR_FREEZE: '' }).brakes).toEqual({
      mode: 'observe',
      frozen: false,
      freezeFile: null,
      breakers: usualBreakers,
    });
  });
});

describe('what is wrong', () => {
  type Mistake = [string, (env: Env) => unknown, Env, RegExp];
  const mistakes: readonly Mistake[] = [
    [
      'DATABASE_URL',
      readApiConfig,
      { ...api, DATABASE_URL: 'localhost:5432' },
      /must be a URL such as postgres:/,
    ],
    [
      'DATABASE_URL',
      readDatabaseConfig,
      { DATABASE_URL: 'mysql://localhost/forbear' },
      /must be a URL such as postgres:/,
    ],
    [
      'STRIPE_API_BASE',
      readApiConfig,
      { ...api, STRIPE_API_BASE: 'localhost:12111' },
      /begins with http:\/\/ or https:\/\//,
    ],
    [
      'STRIPE_WEBHOOK_SECRET',
      readApiConfig,
      { ...api, STRIPE_WEBHOOK_SECRET: 'sk_live_1' },
      /each secret begins with whsec_/,
    ],
    [
      'STRIPE_WEBHOOK_SECRET',
      readApiConfig,
      { ...api, STRIPE_WEBHOOK_SECRET: 'whsec_1,other' },
      /each secret begins with whsec_/,
    ],
    ['STRIPE_WEBHOOK_SECRET', readApiConfig, { ...api, STRIPE_WEBHOOK_SECRET: ' , ' }, /names no secret/],
    ['FORBEAR_PORT', readApiConfig, { ...api, FORBEAR_PORT: 'http' }, /must be a port number/],
    ['FORBEAR_PORT', readApiConfig, { ...api, FORBEAR_PORT: '65536' }, /must be a port number|65535/],
    ['FORBEAR_PORT', readApiConfig, { ...api, FORBEAR_PORT: '80.5' }, /must be a port number|int/],
    ['FORBEAR_API_RATE', readApiConfig, { ...api, FORBEAR_API_RATE: 'many' }, /must be a whole number/],
    ['FORBEAR_API_RATE', readApiConfig, { ...api, FORBEAR_API_RATE: '0' }, /must be a whole number/],
    [
      'FORBEAR_ACCESS_CACHE',
      readApiConfig,
      { ...api, FORBEAR_ACCESS_CACHE: '0.5' },
      /must be a whole number/,
    ],
    [
      'SMTP_URL',
      readWorkerConfig,
      { ...worker, SMTP_URL: 'mail.example.com' },
      /must be a URL such as smtp:/,
    ],
    [
      'FORBEAR_CODEC_KEYS',
      readWorkerConfig,
      { ...worker, FORBEAR_CODEC_KEYS: 'a' },
      /is not written as id:base64/,
    ],
    ['FORBEAR_CODEC_KEYS', readApiConfig, { ...api, FORBEAR_CODEC_KEYS: 'k:AA==' }, /the key k has 1 bytes/],
    ['FORBEAR_CODEC_KEYS', readDev, { FORBEAR_CODEC_KEYS: 'k:AA==' }, /the key k has 1 bytes/],
    [
      'FORBEAR_CODEC_KEYS',
      readApiConfig,
      { ...api, FORBEAR_CODEC_UI_ORIGIN: 'https://temporal.example.com' },
      /is missing: with FORBEAR_CODEC_UI_ORIGIN/,
    ],
    [
      'FORBEAR_CODEC_UI_ORIGIN',
      readApiConfig,
      { ...api, FORBEAR_CODEC_KEYS: codecKey, FORBEAR_CODEC_UI_ORIGIN: 'https://temporal.example.com/ui' },
      /must be an origin/,
    ],
    ['MAIL_FROM', readWorkerConfig, { ...worker, MAIL_FROM: 'Billing' }, /must be an address such as/],
    ['FORBEAR_MODE', readWorkerConfig, { ...worker, FORBEAR_MODE: 'on' }, /"observe"\|"enforce"/],
    ['FORBEAR_FREEZE', readWorkerConfig, { ...worker, FORBEAR_FREEZE: 'yes' }, /"0"\|"1"/],
    [
      'FORBEAR_EFFECTS_PER_SECOND',
      readWorkerConfig,
      { ...worker, FORBEAR_EFFECTS_PER_SECOND: 'many' },
      /must be a number/,
    ],
    [
      'FORBEAR_EFFECTS_PER_SECOND',
      readWorkerConfig,
      { ...worker, FORBEAR_EFFECTS_PER_SECOND: '0' },
      /must be a number|>0/,
    ],
    [
      'FORBEAR_LINK_SECRET',
      readApiConfig,
      { ...api, ...links, FORBEAR_LINK_SECRET: 'x'.repeat(31) },
      /at least 32 characters/,
    ],
    [
      'FORBEAR_APPROVERS',
      readApiConfig,
      { ...api, FORBEAR_APPROVERS: 'zoe@example.com, max' },
      /must be addresses, with commas between them/,
    ],
    [
      'FORBEAR_PUBLIC_URL',
      readWorkerConfig,
      { ...worker, ...links, FORBEAR_PUBLIC_URL: 'forbear.example.com' },
      /begins with http/,
    ],
    [
      'FORBEAR_PUBLIC_URL',
      readWorkerConfig,
      { ...worker, ...links, FORBEAR_PUBLIC_URL: 'https://forbear.example.com/?a=b' },
      /must end with the path/,
    ],
    ...[readApiConfig, readWorkerConfig].flatMap((read): Mistake[] => [
      [
        'FORBEAR_PUBLIC_URL',
        read,
        { ...api, ...worker, FORBEAR_LINK_SECRET: links.FORBEAR_LINK_SECRET },
        /is missing: with FORBEAR_LINK_SECRET .* set both, or neither/,
      ],
      [
        'FORBEAR_LINK_SECRET',
        read,
        { ...api, ...worker, FORBEAR_PUBLIC_URL: links.FORBEAR_PUBLIC_URL },
        /is missing: with FORBEAR_PUBLIC_URL .* set both, or neither/,
      ],
    ]),
    ['FORBEAR_PORT', readDev, { FORBEAR_PORT: 'x' }, /must be a port number/],
    ['STRIPE_API_BASE', readDev, { STRIPE_API_BASE: 'x' }, /begins with http/],
  ];
  it.each(mistakes)('is told by name, with the remedy: %s', (name, read, env, sentence) => {
    const message = problemsOf(read, env);
    expect(message).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(message).toMatch(sentence);
    expect(message.split('\n'), 'and nothing else is complained of').toHaveLength(2);
  });

  it('P-10 is a watch that looks so seldom that an alarm could take longer than ten minutes', () => {
    const slowest = readApiConfig({ ...api, FORBEAR_WATCH_SECONDS: '300' }).watchEveryMs;
    // What it finds is told by the next round at the latest.
    expect(2 * slowest).toBe(10 * MINUTE_MS);
    expect(readApiConfig(api).watchEveryMs).toBeLessThanOrEqual(slowest);
    expect(problemsOf(readApiConfig, { ...api, FORBEAR_WATCH_SECONDS: '301' })).toContain(
      'FORBEAR_WATCH_SECONDS',
    );
  });

  it('is told all at once, what is missing too', () => {
    const message = problemsOf(readWorkerConfig, { DATABASE_URL: 'x', FORBEAR_MODE: 'on', MAIL_FROM: 'y' });
    const half = { FORBEAR_PUBLIC_URL: 'https://forbear.example.com' };
    expect(problemsOf(readWorkerConfig, half)).toMatch(
      /DATABASE_URL is missing[^]*FORBEAR_LINK_SECRET is missing/,
    );
    for (const name of [
      'DATABASE_URL',
      'FORBEAR_MODE',
      'MAIL_FROM',
      'SMTP_URL',
      'STRIPE_SECRET_KEY',
      'FORBEAR_POLICY',
    ]) {
      expect(message).toContain(`  ${name} `);
    }
  });

  it('never shows a value, because any may be a secret that was put into the wrong variable', () => {
    const names = [
      ...Object.keys({ ...api, ...worker }),
      'STRIPE_API_BASE',
      'FORBEAR_PORT',
      'FORBEAR_MODE',
      'FORBEAR_FREEZE',
      ...Object.keys(links),
    ];
    const secret = 'hunter2-sk_live_51SECRET';
    for (const read of [readApiConfig, readWorkerConfig, readDev]) {
      for (const name of names.filter((n) => n !== 'FORBEAR_POLICY')) {
        for (const value of [secret, `${secret}\nwhsec_${secret}`, `http:/${secret}`]) {
          let message = '';
          try {
            read({ ...api, ...worker, ...links, [name]: value });
          } catch (error) {
            message = String(error);
          }
          expect(message, name).not.toContain(secret);
        }
      }
    }
  });
});

describe('what is right', () => {
  it('keeps every webhook secret with its end, so that one can be replaced without a gap', () => {
    const secrets = 'whsec_new, whsec_old@2026-12-31T12:00:00Z,';
    expect(readApiConfig({ ...api, STRIPE_WEBHOOK_SECRET: secrets }).webhookSecrets).toEqual([
      { secret: 'whsec_new', until: null },
      { secret: 'whsec_old', until: Date.parse('2026-12-31T12:00:00Z') },
    ]);
  });

  it.each([
    ['sk_test_1', false, 5],
    ['rk_test_1', false, 5],
    ['sk_live_1', true, 20],
    ['rk_live_1', true, 20],
  ])(
    'knows by the key %s whether it bills for real (%s), and how fast it may ask',
    (key, livemode, perSecond) => {
      const config = readWorkerConfig({ ...worker, STRIPE_SECRET_KEY: key });
      expect(config.stripe.livemode).toBe(livemode);
      expect(config.effectsPerSecond).toBe(perSecond);
      expect(
        readWorkerConfig({ ...worker, STRIPE_SECRET_KEY: key, FORBEAR_EFFECTS_PER_SECOND: '2.5' })
          .effectsPerSecond,
      ).toBe(2.5);
    },
  );

  it('brakes from the start on when it is told to', () => {
    expect(readWorkerConfig({ ...worker, FORBEAR_MODE: 'enforce' }).brakes).toMatchObject({
      mode: 'enforce',
      frozen: false,
    });
    expect(readWorkerConfig({ ...worker, FORBEAR_FREEZE: '1' }).brakes.frozen).toBe(true);
  });

  it('takes the address and namespace of Temporal', () => {
    const { connection, namespace } = readTemporalConfig({
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_NAMESPACE: 'billing',
    });
    expect([connection.address, namespace]).toEqual(['temporal:7233', 'billing']);
  });

  it('links approvers to the page only where both settings are there', () => {
    const expected = { secret: links['FORBEAR_LINK_SECRET'], publicUrl: 'https://forbear.example.com' };
    expect(readApiConfig({ ...api, ...links }).links).toEqual(expected);
    expect(readWorkerConfig({ ...worker, ...links }).links).toEqual(expected);
    expect(readApiConfig({ ...api, FORBEAR_LINK_SECRET: '', FORBEAR_PUBLIC_URL: '' }).links).toBeNull();
    const below = { ...worker, ...links, FORBEAR_PUBLIC_URL: 'https://example.com/forbear/' };
    expect(readWorkerConfig(below).links?.publicUrl).toBe('https://example.com/forbear');
  });

  it('takes who decides on many acts at once, and what decisions are signed with', () => {
    const listed = { ...links, FORBEAR_APPROVERS: ' zoe@example.com,max@example.com ' };
    const approvers = ['zoe@example.com', 'max@example.com'];
    expect(readApiConfig({ ...api, ...listed }).approvers).toEqual(approvers);
    expect(readApproversConfig(listed)).toMatchObject({ approvers, smtpUrl: null });
    expect(readApproversConfig({})).toMatchObject({ approvers: [], links: null });
    expect(readLinkSecret(links)).toBe(links.FORBEAR_LINK_SECRET);
    expect(readLinkSecret({ FORBEAR_LINK_SECRET: '' })).toBeNull();
  });

  it('takes a folder of mails, or none', () => {
    expect(readWorkerConfig(worker).mails).toBeNull();
    expect(readWorkerConfig({ ...worker, FORBEAR_MAILS: 'mails' }).mails).toBe('mails');
  });

  it('uses the fake Stripe in dev, unless key and secret of a real one are both set', () => {
    expect(readDev({}).stripe).toBeNull();
    expect(readDev({ STRIPE_SECRET_KEY: 'sk_test_1' }).stripe).toBeNull();
    expect(readDev({ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: '' }).stripe).toBeNull();
    expect(readDev({ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' }).stripe).toEqual({
      key: 'sk_test_1',
      webhookSecret: 'whsec_1',
    });
    expect(readFakeStripeConfig({ STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: 'whsec_1' })).toEqual({
      webhookSecret: 'whsec_1',
    });
  });

  it('takes a port that is set and else the documented one, or any free one', () => {
    expect(readDevConfig({ FORBEAR_PORT: '9000' }, 'default').ports).toMatchObject({
      api: 9000,
      postgres: 8378,
    });
    expect(readDevConfig({ FORBEAR_PORT: '9000' }, 'free').ports).toMatchObject({ api: 9000, postgres: 0 });
  });
});

describe('forbear.yaml', () => {
  it.each(['hunter 2', 'h\u00fcnter2', 'hun\nter2'])(
    'takes no token that can not go into a header, and does not show it: %j',
    (token) => {
      const reading = () => read('token.yaml', target(), { SHOP_TOKEN: token });
      expect(reading).toThrow(/SHOP_TOKEN: it may hold/);
      expect(reading).not.toThrow(token);
    },
  );

  it('takes a token whose file ended with a line break', () => {
    const { targets } = read('token.yaml', target(), { SHOP_TOKEN: 'hunter2\n' });
    expect(targets).toMatchObject([{ token: 'hunter2' }]);
  });

  const target = (changes = '') =>
    `targets:\n  - { kind: http, name: shop, base: http://shop:8080, tokenEnv: SHOP_TOKEN${changes} }\n`;
  const read = (name: string, text: string, env: Env = {}) =>
    readWorkerConfig({ ...worker, FORBEAR_CONFIG: fileOf(name, text), ...env });

  it('names the targets, and the variables that hold their tokens', () => {
    expect(read('good.yaml', target(), { SHOP_TOKEN: 'hunter2' }).targets).toEqual([
      { kind: 'http', name: 'shop', base: 'http://shop:8080', token: 'hunter2' },
    ]);
    expect(readWorkerConfig(worker).targets).toEqual([]);
  });

  it('reads the secret with which requests are signed, and shows none that can not be one', () => {
    const SHOP_SECRET = `whsec_${'aGlkZGVu'.repeat(5)}`;
    const signed = target(', secretEnv: SHOP_SECRET, allowPrivate: true');
    const { targets } = read('signed.yaml', signed, { SHOP_TOKEN: 'hunter2', SHOP_SECRET });
    expect(targets).toMatchObject([{ token: 'hunter2', secret: SHOP_SECRET, allowPrivate: true }]);
    for (const wrong of ['', 'hidden', 'whsec_hidden']) {
      const reading = () => read('signed.yaml', signed, { SHOP_TOKEN: 'hunter2', SHOP_SECRET: wrong });
      expect(reading).toThrow(/target shop: its signatures need SHOP_SECRET/);
      expect(reading).not.toThrow('hidden');
    }
  });

  it.each([
    ['a token that is not set', target(), /target shop takes its token from SHOP_TOKEN, which is not set/],
    ['a kind that does not exist', target().replace('http,', 'ftp,'), /targets\.0\.kind: /],
    ['a name in capitals', target().replace('shop,', 'Shop,'), /targets\.0\.name: use lower-case/],
    [
      'a user in the base, with which no request could be sent',
      target().replace('http://shop', 'http://me:hunter2@shop'),
      /targets\.0\.base: must end with the path/,
    ],
    [
      'two targets of one name',
      `${target()}${target().split('\n')[1]}`,
      /targets: each needs a name of its own/,
    ],
    [
      'a base that is no URL',
      target().replace('http://shop:8080', 'shop'),
      /targets\.0\.base: must be a URL/,
    ],
    [
      'a base inside a network, where nobody said so',
      target().replace('http://shop:8080', 'http://2130706433'),
      /targets\.0\.base: 127\.0\.0\.1 is a loopback address: .* say `allowPrivate: true`/,
    ],
    [
      'a base where clouds hand out their keys',
      target(', allowPrivate: true').replace('http://shop:8080', 'http://169.254.169.254/latest'),
      /targets\.0\.base: 169\.254\.169\.254 is a cloud's metadata address: no setting allows that/,
    ],
    ['an unknown field', target(', colour: red'), /targets\.0: .*"colour"/],
    ['no targets', 'name: x', /targets: /],
    ['an empty file', '', /\(the file\): /],
    ['what is no YAML', 'targets: [', /can't be read as YAML/],
  ])('is refused with its path and the remedy: %s', (name, text, sentence) => {
    const path = fileOf(`${name}.yaml`, text);
    const message = problemsOf(readWorkerConfig, { ...worker, FORBEAR_CONFIG: path });
    expect(message.startsWith(path)).toBe(true);
    expect(message).toMatch(sentence);
  });

  it('is missed by name', () => {
    expect(problemsOf(readWorkerConfig, { ...worker, FORBEAR_CONFIG: join(folder, 'none.yaml') })).toContain(
      'none.yaml',
    );
  });

  it('shows no token that was written into it by mistake', () => {
    const token = 'hunter2-token';
    for (const text of [
      target(`, token: ${token}`),
      target().replace('SHOP_TOKEN', token),
      `${target()}  - token: ${token}: [\n`,
    ]) {
      const path = fileOf('leak.yaml', text);
      expect(problemsOf(readWorkerConfig, { ...worker, FORBEAR_CONFIG: path }), text).not.toContain(token);
    }
  });
});
