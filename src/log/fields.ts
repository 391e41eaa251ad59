import type { LogFields } from '../ports/logger.js';
import { describeError } from './errors.js';
import { redact, withoutSecrets } from './redact.js';

type Kind = 'word' | 'text' | 'count' | 'flag' | 'instant' | 'url' | 'error';

/** Everything that a log line may hold, and of what kind it is. */
const kinds: Readonly<Record<keyof LogFields, Kind>> = {
  account: 'word',
  activity: 'word',
  activityId: 'word',
  activityType: 'word',
  alert: 'word',
  anchors: 'count',
  approval: 'word',
  approved: 'flag',
  attempt: 'count',
  channel: 'text',
  endpoint: 'word',
  error: 'error',
  eventId: 'word',
  host: 'word',
  livemode: 'flag',
  look: 'word',
  mode: 'word',
  namespace: 'word',
  policy: 'word',
  reason: 'text',
  remedy: 'text',
  result: 'word',
  route: 'word',
  runId: 'word',
  sdkComponent: 'word',
  severity: 'word',
  since: 'instant',
  status: 'count',
  targets: 'count',
  taskQueue: 'word',
  text: 'text',
  told: 'count',
  url: 'url',
  why: 'text',
  workflowId: 'word',
  workflowType: 'word',
};

const longestText = 2_000;
const isKnown = (name: string): name is keyof LogFields => Object.hasOwn(kinds, name);

/** The fields that may be written down; of the others `dropped` has the names. */
export function allowedFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const read = given.map(([name, value]) => ({
    name,
    said: isKnown(name) ? said(kinds[name], value) : undefined,
  }));
  const kept = read.filter(({ said }) => said !== undefined).map(({ name, said }) => [name, said] as const);
  const dropped = read.filter(({ said }) => said === undefined).map(({ name }) => nameOf(name));
  return { ...Object.fromEntries(kept), ...(dropped.length > 0 && { dropped }) };
}

/** The value as it may be written; `undefined` for one that is not of its kind. */
function said(kind: Kind, value: unknown): unknown {
  if (kind === 'error') return describeError(value);
  if (value === null) return null;
  switch (kind) {
    case 'word':
      return typeof value === 'string' && /^[\w.:/*-]{1,200}$/.test(value) ? redact(value) : undefined;
    case 'text':
      return typeof value === 'string' ? redact(value.slice(0, longestText)) : undefined;
    case 'count':
      return Number.isFinite(value) ? value : undefined;
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'instant':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? value : undefined;
    case 'url':
      return typeof value === 'string' ? withoutSecrets(value) : undefined;
  }
}

/** A name that was made of somebody's data says nothing either. */
const nameOf = (name: string) => (/^[A-Za-z]\w{0,40}$/.test(name) ? name : '?');
