import type { UnreadableEvent } from '../../ports/events.js';
import { namesOf } from '../../watch/unreadable.js';
import type { Replayed } from './take.js';

/** What a person is told of what could not be read, and what to do about it; `null`: there was none. */
export function wordsOnUnread({ counts, unreadable }: Replayed): string | null {
  const { unreadable: count } = counts;
  if (count === 0) return null;
  const more = count > unreadable.length ? ` and ${count - unreadable.length} more` : '';
  const [it, they] = count === 1 ? ['it', '1 event'] : ['them', `${count} events`];
  return `Stripe has ${they} that can’t be read, and nothing of ${it} was taken in: ${namesOf(unreadable)}${more}. Look at ${it} in Stripe’s dashboard; \`forbear case recheck <account>\` looks at the account itself. Report ${it} to Forbear’s makers, and give the same command again after an upgrade`;
}

/** The same for programs. */
export const fieldsOnUnread = (unreadable: readonly UnreadableEvent[]) =>
  unreadable.length === 0 ? {} : { couldNotRead: unreadable.map(({ id, why }) => ({ id, why })) };
