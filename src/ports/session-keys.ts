import { PortError } from './errors.js';
import type { SessionsEnded } from './sessions.js';

// No separator, no glob, nothing that an app or a store may write otherwise: such a name can't reach into another's keys.
const plain = /^[\w.@+=~-]+$/;

/**
 * The key of an account in a store: of `template`, where `{ref}` stands for its name as it is, and `{ref:uri}` for its name
 * percent-encoded, as `encodeURIComponent` has it. Two accounts never share one. Throws `TARGET_REFUSED` for a name that can't
 * stand there, because a key that the app never wrote would look like an account without sessions.
 */
export function keyOf(store: string, template: string, ref: string): string {
  if (ref === '') throw new PortError('TARGET_REFUSED', `${store}: an account without a name has no key`);
  if (template.includes('{ref:uri}')) return template.replace('{ref:uri}', () => encoded(store, ref));
  if (plain.test(ref)) return template.replace('{ref}', () => ref);
  throw new PortError(
    'TARGET_REFUSED',
    `${store}: the account ${shown(ref)} can't stand in the key ${template} as it is: only letters, digits and -_.@+=~ do; with {ref:uri} it is percent-encoded`,
  );
}

function encoded(store: string, ref: string): string {
  // Half of a character can't be encoded, and would become one that stands for any such half.
  if (!/\p{Surrogate}/u.test(ref)) return encodeURIComponent(ref);
  throw new PortError('TARGET_REFUSED', `${store}: the account ${shown(ref)} is no text`);
}

const shown = (ref: string) => JSON.stringify(ref.length > 60 ? `${ref.slice(0, 60)}…` : ref);

/**
 * What came of many accounts of which each was tried. Throws when one failed: what a retry may help first, because the
 * retry meets the others again.
 */
export function allEnded(tried: readonly (SessionsEnded | PortError)[]): readonly SessionsEnded[] {
  const failed = tried.filter((one) => one instanceof PortError);
  const worst = failed.find(({ code }) => code === 'TARGET_UNAVAILABLE') ?? failed[0];
  if (worst !== undefined) throw worst;
  return tried.filter((one): one is SessionsEnded => !(one instanceof PortError));
}
