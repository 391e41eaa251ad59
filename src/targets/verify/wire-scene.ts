import { operations, type OrderName } from '../../adapters/http/operations.js';
import { goneShape } from '../../adapters/http/shapes.js';
import { exchange, nameOf, type Wire, type WireAnswer, type WireRequest } from '../../adapters/http/wire.js';
import { PortError } from '../../ports/errors.js';
import { Unmet } from './check.js';
import type { Kept, Scene } from './scene.js';

/** A platform seen as it answers, below the adapter. */
export type WireScene = Scene & { readonly wire: Wire };

/** What came for a request, in its own words. */
export type Seen = WireAnswer & { readonly name: string };

/** One request as it is; throws `TARGET_UNAVAILABLE` when there is no answer in time. */
export async function ask(
  scene: WireScene,
  request: WireRequest,
  otherwise: Partial<Pick<Wire, 'token' | 'signer'>> = {},
): Promise<Seen> {
  const { signal } = scene;
  const name = nameOf(request);
  try {
    return { name, ...(await exchange({ ...scene.wire, ...otherwise }, { ...request, signal })) };
  } catch (cause) {
    signal.throwIfAborted();
    // It was not sent at all.
    if (cause instanceof PortError) throw cause;
    throw new PortError('TARGET_UNAVAILABLE', `${name} got no answer`, { cause });
  }
}

type Given = { readonly fence?: number; readonly idempotencyKey?: string };

/** One order on a resource, as the adapter would give it. */
export function giveOrder(
  scene: WireScene,
  name: OrderName,
  { resource: { id }, state }: Pick<Kept, 'resource' | 'state'>,
  { fence = scene.account.fence, idempotencyKey }: Given = {},
): Promise<Seen> {
  scene.touched = true;
  const { ref } = scene.account;
  const body = name === 'resume' ? JSON.stringify({ state }) : undefined;
  return ask(scene, { operation: operations[name], ref, id, body, fence, idempotencyKey });
}

export const isDone = ({ status }: WireAnswer) => status >= 200 && status <= 299;
export const isGone = ({ status, body }: WireAnswer) => status === 404 && goneShape.safeParse(body).success;

/** `POST /… answered 200 {"…"}`, cut short. */
export function told({ name, status, body }: Seen): string {
  const text = body === undefined ? '' : ` ${JSON.stringify(body)}`;
  return `${name} answered ${status}${text.length > 160 ? `${text.slice(0, 160)}…` : text}`;
}

/** Throws `Unmet` unless the order was carried out. */
export function mustBeDone(seen: Seen, which = ''): void {
  if (!isDone(seen)) throw new Unmet(`${told(seen)}${which}`);
}

/** The resource that served first; looked at before anything is tried on it. */
export function servingOne({ kept }: WireScene): Kept {
  const one = kept.find(({ probe }) => probe === 'serving');
  if (one === undefined) throw new Error('a check that needs a serving resource ran before `look`');
  return one;
}
