import { typesAskedFor, typesUnwanted } from '../dispatcher/classify.js';
import type { Alert } from '../ports/alerts.js';
import type { EventEndpoint } from '../ports/events.js';
import { lookOf, type Look } from './look.js';

/** What an endpoint has to be like, so that events arrive here and can be read. */
export type WantedEndpoint = {
  /** Where the intake is reached, the one to be told first; empty: nobody has said. */
  readonly urls: readonly string[];
  /** The paths at which the intake answers: by these an endpoint is known where nobody has said the address. */
  readonly paths: readonly string[];
  readonly livemode: boolean;
  /** The oldest and the newest API version that we know how to read. */
  readonly versions: { readonly oldest: string; readonly newest: string };
};

export const webhookPath = '/webhooks/stripe';

type Addresses = {
  /** Where the endpoint sends, when that is not the public URL with our path. */
  readonly webhookUrl: string | null;
  readonly publicUrl: string | null;
  readonly aliases: readonly string[];
};

/** Every address that counts as right, from what the settings say. Pure. */
export function addressesOf({
  webhookUrl,
  publicUrl,
  aliases,
}: Addresses): Pick<WantedEndpoint, 'urls' | 'paths'> {
  const paths = [webhookPath, ...aliases];
  const published = publicUrl === null ? [] : paths.map((path) => `${publicUrl}${path}`);
  return { urls: webhookUrl === null ? published : [webhookUrl, ...published], paths };
}

/** What is wrong with the endpoints, the worst first; empty when everything that is asked for is sent here. Pure. */
export function checkEndpoints(endpoints: readonly EventEndpoint[], wanted: WantedEndpoint): Alert[] {
  const here = endpointsHere(endpoints, wanted);
  const ours = here.filter(({ livemode }) => livemode === wanted.livemode);
  if (here.length > 0 && ours.length === 0) return [otherMode(wanted)];
  if (ours.length === 0) return [missing(endpoints, wanted)];
  const enabled = ours.filter((endpoint) => endpoint.enabled);
  if (enabled.length === 0) return ours.slice(0, 1).map((one) => disabled(one, wanted));
  return [
    ...lackingTypes(enabled, wanted),
    ...enabled.flatMap((endpoint) => unwantedTypes(endpoint)),
    ...enabled.flatMap((endpoint) => unknownVersion(endpoint, wanted)),
    ...sentTwice(enabled),
  ];
}

/** What the watch finds of them. Pure. */
export const lookAtEndpoints = (endpoints: readonly EventEndpoint[], wanted: WantedEndpoint): Look =>
  lookOf(kinds, checkEndpoints(endpoints, wanted));

/** Every kind of thing that can be wrong with an endpoint, as the alerts of it are called before their colon. */
const kinds = [
  'endpoint_missing',
  'endpoint_other_mode',
  'endpoint_disabled',
  'endpoint_types_missing',
  'endpoint_types_unwanted',
  'endpoint_version',
  'endpoint_twice',
];

/** Those that send to us, enabled or not. */
export function endpointsHere(
  endpoints: readonly EventEndpoint[],
  { urls, paths }: Pick<WantedEndpoint, 'urls' | 'paths'>,
): EventEndpoint[] {
  const addresses = urls.map(plain);
  return endpoints.filter(({ url }) =>
    addresses.length > 0
      ? addresses.includes(plain(url))
      : paths.some((path) => new URL(url).pathname.endsWith(path)),
  );
}

/** The same address in the same letters. */
const plain = (url: string) => new URL(url).href.replace(/\/+$/, '');

/** Whether an endpoint gets events of this type. */
export const sends = ({ types }: Pick<EventEndpoint, 'types'>, type: string): boolean =>
  types.includes('*') || types.includes(type);

const modeFlag = ({ livemode }: Pick<WantedEndpoint, 'livemode'>) => (livemode ? ' --live' : '');
const modeOf = (livemode: boolean) => (livemode ? 'live' : 'test');
const typesFlags = (types: readonly string[]) =>
  types.map((type) => `-d "enabled_events[]=${type}"`).join(' ');

/** How Stripe's own command makes the endpoint that is wanted. */
export function creationOf(wanted: WantedEndpoint): string {
  const url = wanted.urls[0] ?? `https://<your host>${webhookPath}`;
  return `stripe webhook_endpoints create${modeFlag(wanted)} --url="${url}" ${typesFlags(typesAskedFor)}`;
}

const change = ({ id }: EventEndpoint, wanted: WantedEndpoint, what: string) =>
  `stripe webhook_endpoints update ${id}${modeFlag(wanted)} ${what}`;

function missing(endpoints: readonly EventEndpoint[], wanted: WantedEndpoint): Alert {
  const at = wanted.urls[0] ?? webhookPath;
  const others = endpoints.map(({ url }) => url);
  const moved =
    others.length === 0
      ? 'Stripe has no endpoint at all.'
      : `What there is sends to ${others.join(', ')}. If one of them is meant for us: FORBEAR_WEBHOOK_URL says its address, FORBEAR_WEBHOOK_ALIASES its path.`;
  return {
    key: 'endpoint_missing',
    severity: 'page',
    title: 'No endpoint of Stripe sends here',
    text: `No endpoint of Stripe sends to ${at}: no event arrives. ${moved}`,
    remedy: `${creationOf(wanted)}; then put the secret that it answers into STRIPE_WEBHOOK_SECRET`,
  };
}

function otherMode(wanted: WantedEndpoint): Alert {
  const [ours, theirs] = [modeOf(wanted.livemode), modeOf(!wanted.livemode)];
  return {
    key: 'endpoint_other_mode',
    severity: 'page',
    title: 'The endpoint is of the other mode',
    text: `The endpoint that sends here is of ${theirs} mode, and our key of ${ours} mode: every event is kept as of the other mode, and ignored.`,
    remedy: `${creationOf(wanted)}; then put its secret into STRIPE_WEBHOOK_SECRET`,
  };
}

function disabled(endpoint: EventEndpoint, wanted: WantedEndpoint): Alert {
  return {
    key: 'endpoint_disabled',
    severity: 'page',
    title: 'Stripe’s endpoint is disabled',
    text: `The endpoint ${endpoint.url} is disabled, by Stripe after days of failed deliveries or by somebody: no event arrives, and what is raised now is never sent.`,
    remedy: `see why deliveries failed, in Stripe’s dashboard and with \`forbear doctor\`; then ${change(endpoint, wanted, '-d "disabled=false"')}, and fetch what was missed: \`forbear replay --since …\``,
  };
}

function lackingTypes(enabled: readonly EventEndpoint[], wanted: WantedEndpoint): Alert[] {
  const lacking = typesAskedFor.filter((type) => !enabled.some((endpoint) => sends(endpoint, type)));
  const [first] = enabled;
  if (lacking.length === 0 || first === undefined) return [];
  // Stripe's update replaces the list: it has to name what is there already.
  const all = [...new Set([...first.types, ...lacking])].filter((type) => !typesUnwanted.includes(type));
  return [
    {
      key: 'endpoint_types_missing',
      severity: 'warning',
      title: 'The endpoint does not send every type of event',
      text: `The endpoint ${first.url} does not send ${lacking.join(', ')}.`,
      remedy: `add them in Stripe’s dashboard, or ${change(first, wanted, typesFlags(all))}`,
    },
  ];
}

function unwantedTypes({ id, url, types }: EventEndpoint): Alert[] {
  const found = typesUnwanted.filter((type) => types.includes(type));
  if (found.length === 0) return [];
  return [
    {
      key: `endpoint_types_unwanted:${id}`,
      severity: 'warning',
      title: 'The endpoint asks for events that can hold invoices up',
      text: `The endpoint ${url} sends ${found.map((type) => (type === '*' ? 'every type (*)' : type)).join(' and ')}: Stripe finalises an invoice when \`invoice.created\` was answered, so while we are away every invoice waits, by as much as 72 h.`,
      remedy: 'choose the types in Stripe’s dashboard: `forbear events` lists those that are needed',
    },
  ];
}

// `2026-10-28.endive`: the date counts.
const dateOf = (version: string) => version.slice(0, '2026-10-28'.length);

function unknownVersion({ id, url, apiVersion }: EventEndpoint, { versions }: WantedEndpoint): Alert[] {
  if (apiVersion === null) return [];
  const { oldest, newest } = versions;
  const isOlder = dateOf(apiVersion) < dateOf(oldest);
  if (!isOlder && dateOf(apiVersion) <= dateOf(newest)) return [];
  return [
    {
      key: `endpoint_version:${id}`,
      severity: 'warning',
      title: 'The endpoint’s events come in an API version that we do not know',
      text: `The endpoint ${url} sends in API version ${apiVersion}, ${isOlder ? `older than ${oldest}` : `newer than ${newest}`}: events may name their customer in a way that is not read.`,
      remedy: `make an endpoint of version ${newest} beside it, then remove this one: a version can’t be changed`,
    },
  ];
}

function sentTwice(enabled: readonly EventEndpoint[]): Alert[] {
  const twice = typesAskedFor.filter((type) => enabled.filter((one) => sends(one, type)).length > 1);
  if (twice.length === 0) return [];
  return [
    {
      key: 'endpoint_twice',
      severity: 'warning',
      title: 'Several endpoints send the same events here',
      text: `${enabled.length} endpoints send ${twice.length === 1 ? twice[0] : `${twice.length} types`} here: each event comes more than once, and counts once.`,
      remedy: 'fine while one replaces the other; else remove one in Stripe’s dashboard',
    },
  ];
}
