import type { CaseFile } from './case-file.js';
import type { ActOf } from './effect.js';
import { record } from './record.js';
import type { Standing } from './standing.js';
import type { Facts } from './turn.js';
import type { SentNotice } from './witness.js';

/**
 * Takes in a notice that went out and of whose end the case never heard, as if it had: its rung is done, and nobody gets
 * the same mail once more. Calling it again changes nothing.
 */
export function adoptNotice(file: CaseFile, { tracks, policy, standing }: Facts): CaseFile {
  const sent = tracks?.lastNotice ?? null;
  if (sent === null || sent.round <= file.rounds.remind) return file;
  const { at } = sent;
  const heard = record(file, actOf(sent, standing), { status: 'done', at }, policy, at);
  // Only what held the notice itself is over with it.
  return { ...heard, hold: file.hold?.of === 'remind' ? null : file.hold };
}

/** Whose payments it asked to confirm is not kept: everybody's who had to by then. */
function actOf({ round, topic, promises, at }: SentNotice, { invoices }: Standing): ActOf<'remind'> {
  const told = { step: 'remind', round, topic, promises } as const;
  if (topic !== 'confirm') return told;
  const asked = invoices.filter(({ confirmationSince }) => (confirmationSince ?? Infinity) <= at);
  return { ...told, confirms: asked.map(({ id }) => id) };
}
