import type { AccessAnswer } from './contract.js';
import { localError } from './errors.js';
import { Mismatch, parseAccess, parseInstant, record, text } from './guards.js';

/** An account's access has changed. */
export type AccessChange = { readonly answer: AccessAnswer; readonly atMs: number };

/** What was pushed; `null` for another kind of news. Throws `ForbearError` `bad_event` for what is not as agreed. */
export function changeIn(content: string): AccessChange | null {
  try {
    const event = record(JSON.parse(content), 'the content');
    if (text(event.type, 'type') !== 'access.changed') return null;
    const atMs = Date.parse(parseInstant(event.timestamp, 'timestamp'));
    return { answer: parseAccess(event.data), atMs };
  } catch (cause) {
    if (!(cause instanceof Mismatch || cause instanceof SyntaxError)) throw cause;
    const detail = `${cause instanceof Mismatch ? cause.message : 'the content is no JSON'}: let the app and Forbear run versions that fit`;
    throw localError('bad_event', 'What was pushed is not what was agreed on', detail, { cause });
  }
}
