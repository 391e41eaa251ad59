import { knownTypes, type KnownType } from '../../dispatcher/classify.js';
import type { EventEndpoint } from '../../ports/events.js';
import { sends } from '../../watch/endpoints.js';

/** One type of event: what becomes of it here, whether Stripe sends it here, and how many came. */
export type TypeRow = {
  readonly type: string;
  readonly kind: KnownType['kind'] | 'ignored';
  /** What a workflow is told; `null`: nothing. */
  readonly signal: string | null;
  /** `null`: Stripe could not be asked. */
  readonly sent: boolean | null;
  readonly came: number;
  readonly does: string;
};

/**
 * Every type that Forbear asks for, then those that are sent or came beyond. `endpoints`: those that send here and are
 * enabled; `null` where Stripe could not be asked. Pure.
 */
export function rowsOf(
  endpoints: readonly EventEndpoint[] | null,
  came: ReadonlyMap<string, number>,
): TypeRow[] {
  const sent = endpoints?.flatMap(({ types }) => types) ?? [];
  const isSent = (type: string) => endpoints?.some((endpoint) => sends(endpoint, type)) ?? null;
  const names = new Set(knownTypes.map(({ type }) => type));
  const known = knownTypes
    .filter(({ type, kind }) => kind !== 'unwanted' || sent.includes(type) || came.has(type))
    .map((one) => ({
      type: one.type,
      kind: one.kind,
      signal: one.kind === 'handled' ? one.news.signal : null,
      sent: one.type === '*' ? true : isSent(one.type),
      came: came.get(one.type) ?? 0,
      does: one.does,
    }));
  const beyond = [...new Set([...sent, ...came.keys()])].filter((type) => !names.has(type)).sort();
  const ignored = beyond.map((type) => ({
    type,
    kind: 'ignored' as const,
    signal: null,
    sent: isSent(type),
    came: came.get(type) ?? 0,
    does: 'nothing: need not be sent',
  }));
  return [...known, ...ignored];
}
