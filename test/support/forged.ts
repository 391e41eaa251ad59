import { createHmac } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { stripeEvent } from './stack-events.js';

/** A delivery to the webhook, byte by byte. */
export type Forged = {
  readonly name: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly isChunked: boolean;
};

const minuteMs = 60_000;

type Signing = { readonly secret: string; readonly atMs: number };

export function hmacOf(
  body: Uint8Array,
  { secret, atMs }: Signing,
  encoding: 'hex' | 'base64' = 'hex',
): string {
  const t = Math.floor(atMs / 1_000);
  return createHmac('sha256', secret).update(`${t}.`).update(body).digest(encoding);
}

/** The `Stripe-Signature` headers of one delivery: none, one, or several. */
type HeaderFault = readonly [name: string, of: (body: Buffer, signing: Signing) => readonly string[]];

const seconds = (atMs: number) => Math.floor(atMs / 1_000);
const zeros = '0'.repeat(64);

/** All of them are wrong, whatever the body is and whoever signs. */
const headerFaults: readonly HeaderFault[] = [
  ['no signature', () => []],
  ['an empty signature', () => ['']],
  ['blanks for a signature', () => ['   ']],
  ['a sentence for a signature', () => ['Bearer of good news']],
  ['commas for a signature', () => [',,,,']],
  ['a signature without a time', (body, by) => [`v1=${hmacOf(body, by)}`]],
  ['a time without a signature', (_, { atMs }) => [`t=${seconds(atMs)}`]],
  ['an empty signature beside its time', (_, { atMs }) => [`t=${seconds(atMs)},v1=`]],
  ['a time in words', (body, by) => [`t=now,v1=${hmacOf(body, by)}`]],
  ['a negative time', (body, by) => [`t=-${seconds(by.atMs)},v1=${hmacOf(body, by)}`]],
  ['a time with a fraction', (body, by) => [`t=${seconds(by.atMs)}.5,v1=${hmacOf(body, by)}`]],
  ['a time in hex', (body, by) => [`t=0x${seconds(by.atMs).toString(16)},v1=${hmacOf(body, by)}`]],
  ['a time beyond numbers', (body, by) => [`t=${'9'.repeat(400)},v1=${hmacOf(body, by)}`]],
  ['a time in milliseconds', (body, by) => [`t=${by.atMs},v1=${hmacOf(body, by)}`]],
  ['a padded time', (body, by) => [`t=0${seconds(by.atMs)},v1=${hmacOf(body, by)}`]],
  ['two times', (body, by) => [`t=1,t=${seconds(by.atMs)},v1=${hmacOf(body, by)}`]],
  ['another time than was signed', (body, by) => [`t=${seconds(by.atMs) + 1},v1=${hmacOf(body, by)}`]],
  ['an older scheme only', (body, by) => [`t=${seconds(by.atMs)},v0=${hmacOf(body, by)}`]],
  ['a scheme of the future', (body, by) => [`t=${seconds(by.atMs)},v2=${hmacOf(body, by)}`]],
  ['the scheme in capitals', (body, by) => [`t=${seconds(by.atMs)},V1=${hmacOf(body, by)}`]],
  ['the signature in capitals', (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by).toUpperCase()}`]],
  ['the signature in base64', (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by, 'base64')}`]],
  ['half a signature', (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by).slice(0, 32)}`]],
  ['a signature and more', (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by)}00`]],
  ['a signature of zeros', (_, { atMs }) => [`t=${seconds(atMs)},v1=${zeros}`]],
  ['a signature that is quoted', (body, by) => [`t=${seconds(by.atMs)},v1="${hmacOf(body, by)}"`]],
  ['spaces behind the comma', (body, by) => [`t=${seconds(by.atMs)}, v1=${hmacOf(body, by)}`]],
  ['semicolons for commas', (body, by) => [`t=${seconds(by.atMs)};v1=${hmacOf(body, by)}`]],
  [
    'several wrong signatures',
    ({ length }, { atMs }) => [`t=${seconds(atMs)},${`v1=${zeros},`.repeat(3)}v1=${length}`],
  ],
  [
    'seventeen signatures',
    (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by)}${`,v1=${zeros}`.repeat(16)}`],
  ],
  [
    'a hundred signatures',
    (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by)}${`,v1=${zeros}`.repeat(99)}`],
  ],
  [
    'a header that is too long',
    (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by)}`.padEnd(2_100, ',a')],
  ],
  ['bytes beyond ASCII', (_, { atMs }) => [`t=${seconds(atMs)},v1=${'\u00e9'.repeat(64)}`]],
  [
    'a signature and bytes beyond ASCII',
    (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by)},x=\u00ff`],
  ],
  ['a tab in it', (body, by) => [`t=${seconds(by.atMs)},\tv1=${hmacOf(body, by)}`]],
  [
    'its header twice',
    (body, by) => Array.from({ length: 2 }, () => `t=${seconds(by.atMs)},v1=${hmacOf(body, by)}`),
  ],
  ['its header in two halves', (body, by) => [`t=${seconds(by.atMs)}`, `v1=${hmacOf(body, by)}`]],
  [
    'a stranger’s signature',
    (body, { atMs }) => [`t=${seconds(atMs)},v1=${hmacOf(body, { secret: 'whsec_of_a_stranger', atMs })}`],
  ],
  [
    'an empty secret’s signature',
    (body, { atMs }) => [`t=${seconds(atMs)},v1=${hmacOf(body, { secret: '', atMs })}`],
  ],
  [
    'the signature of another body',
    (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(Buffer.concat([body, Buffer.from(' ')]), by)}`],
  ],
  [
    'a signature without the time in it',
    (body, { secret, atMs }) => [
      `t=${seconds(atMs)},v1=${createHmac('sha256', secret).update(body).digest('hex')}`,
    ],
  ],
];

const signed: HeaderFault = [
  'a true signature',
  (body, by) => [`t=${seconds(by.atMs)},v1=${hmacOf(body, by)}`],
];

const event = (change: object = {}) => Buffer.from(JSON.stringify({ ...stripeEvent(), ...change }));

/** Bodies that are none of an event, though signed by who knows the secret. */
const bodyFaults: readonly (readonly [string, () => Buffer])[] = [
  ['no body', () => Buffer.alloc(0)],
  ['a body of blanks', () => Buffer.from('   ')],
  ['a body of zero bytes', () => Buffer.alloc(64)],
  ['a sentence', () => Buffer.from('hello, world')],
  ['a form', () => Buffer.from('id=evt_1&object=event&type=invoice.paid')],
  ['XML', () => Buffer.from('<event><id>evt_1</id></event>')],
  ['null', () => Buffer.from('null')],
  ['a number', () => Buffer.from('42')],
  ['a list of events', () => Buffer.from(`[${String(event())}]`)],
  ['two events', () => Buffer.concat([event(), event()])],
  ['an invoice', () => Buffer.from('{"id":"in_1","object":"invoice","customer":"cus_1"}')],
  ['an event cut off', () => event().subarray(0, -20)],
  ['an event cut off by a byte', () => event().subarray(0, -1)],
  ['an event and more', () => Buffer.concat([event(), Buffer.from('}')])],
  ['an event gzipped', () => gzipSync(event())],
  ['an event deflated', () => deflateSync(event())],
  ['an event in UTF-16', () => Buffer.from(event().toString(), 'utf16le')],
  [
    'an event with bytes that are no UTF-8',
    () => Buffer.from(event().toString().replace('in_', 'i\u00ff_'), 'latin1'),
  ],
  ['an event without an id', () => event({ id: undefined })],
  ['an event with a number for an id', () => event({ id: 7 })],
  ['an event with an endless id', () => event({ id: 'e'.repeat(300) })],
  ['an event with blanks in its id', () => event({ id: 'evt 1' })],
  ['an event with a zero byte in its id', () => event({ id: 'evt_\u0000' })],
  ['an event without a type', () => event({ type: undefined })],
  ['an event without a mode', () => event({ livemode: undefined })],
  ['an event with its mode in words', () => event({ livemode: 'false' })],
  ['an event with its time in words', () => event({ created: 'today' })],
  ['an event of before time', () => event({ created: -1 })],
  ['an event at the end of time', () => event({ created: 1e300 })],
  ['an event without data', () => event({ data: undefined })],
  ['an event about nothing', () => event({ data: { object: null } })],
  ['an event that calls itself otherwise', () => event({ object: 'evnt' })],
  ['an event nested without end', () => Buffer.from(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)],
  ['an oversized event', () => event({ padding: 'x'.repeat(600 * 1_024) })],
];

const ages: readonly (readonly [string, number])[] = [
  ['now', 0],
  ['six minutes old', -6 * minuteMs],
  ['a day old', -1_440 * minuteMs],
  ['six minutes ahead', 6 * minuteMs],
  ['a day ahead', 1_440 * minuteMs],
];

const guises: readonly (readonly [string, readonly (readonly [string, string])[], isChunked: boolean])[] = [
  ['as Stripe sends it', [['content-type', 'application/json; charset=utf-8']], false],
  ['in chunks', [['content-type', 'application/json']], true],
  ['as a form', [['content-type', 'application/x-www-form-urlencoded']], false],
  [
    'as text, called gzipped',
    [
      ['content-type', 'text/plain'],
      ['content-encoding', 'gzip'],
    ],
    false,
  ],
  ['without a type', [], false],
  [
    'with headers that proxies add',
    [
      ['x-forwarded-for', '54.187.174.169'],
      ['forwarded', 'for=stripe'],
      ['x-stripe-signature', 't=1'],
    ],
    false,
  ],
];

type Body = (typeof bodyFaults)[number];
type Guise = (typeof guises)[number];

const whole: Body = ['a whole event', () => event()];

function deliveryOf(
  header: HeaderFault,
  body: Body,
  guise: Guise,
  age: (typeof ages)[number],
  nowMs: number,
  secret: string,
): Forged {
  const bytes = body[1]();
  const signatures = header[1](bytes, { secret, atMs: nowMs + age[1] });
  return {
    name: [header[0], body[0], age[0], guise[0]].join(', '),
    method: 'POST',
    headers: [...guise[1], ...signatures.map((text) => ['stripe-signature', text] as const)],
    body: bytes,
    isChunked: guise[2],
  };
}

/**
 * Every kind of forged or malformed delivery in combination: each wrong header with each guise and age; each body that is no
 * event with a true signature, in each guise; and whole events truly signed, but too long ago or too far ahead.
 */
export function forgedDeliveries(secret: string, nowMs: number): Forged[] {
  const [now, ...wrongAges] = ages;
  if (now === undefined) return [];
  const of = (header: HeaderFault, body: Body, age: (typeof ages)[number]) =>
    guises.map((guise) => deliveryOf(header, body, guise, age, nowMs, secret));
  return [
    ...headerFaults.flatMap((header) => ages.flatMap((age) => of(header, whole, age))),
    ...bodyFaults.flatMap((body) => of(signed, body, now)),
    ...wrongAges.flatMap((age) => of(signed, whole, age)),
  ];
}

/** Genuine ones, of which nothing is forged, in each guise. */
export function signedDeliveries(secret: string, nowMs: number): Forged[] {
  return guises.map((guise) => deliveryOf(signed, whole, guise, ['now', 0], nowMs, secret));
}
