import { find, remark, type CaseFile, type Finding, type Told } from './case-file.js';
import type { NoticePromise } from './notice.js';
import type { Policy } from './policy.js';
import { DAY_MS, formatInstant, type Instant } from './time.js';
import { leadOf, nextTakingOf } from './timetable.js';

/** A date that a notice named which bounced. `deliveredAt`: when one arrived that named it too; `null`: none has. */
export type Undelivered = NoticePromise & { readonly deliveredAt: Instant | null };

type Heard = { readonly undelivered: readonly Undelivered[]; readonly reachable: boolean };

/**
 * What nobody was told after all is told anew: its dates count from the notice that arrives. When somebody can be told
 * again, what waited for that goes on. What was taken already stays as it is.
 */
export function takeBack(known: CaseFile, { undelivered, reachable }: Heard, now: Instant): CaseFile {
  const isReached = reachable && known.hold?.reason === 'no_recipient';
  const file = isReached ? { ...known, hold: null } : known;
  const told = file.told.map((one) => arrivedAs(one, undelivered)).filter((one) => one !== null);
  const lost = file.told.filter(({ step }) => !told.some((one) => one.step === step));
  if (lost.length === 0)
    return told.every((one, index) => one === file.told[index]) ? file : { ...file, told };
  const steps = lost.map(({ step }) => step).join(' and ');
  const { owesNotice } = file;
  const taken = { ...file, told, owesNotice: owesNotice ?? ('moved' as const), hold: withoutVainWait(file) };
  return remark(taken, now, `the notice of the ${steps} bounced: it is told anew`);
}

function arrivedAs(told: Told, undelivered: readonly Undelivered[]): Told | null {
  const bounced = undelivered.find(({ step, at }) => step === told.step && at === told.at);
  if (bounced === undefined) return told;
  const { deliveredAt } = bounced;
  if (deliveredAt === null) return null;
  return deliveredAt > told.acceptedAt ? { ...told, acceptedAt: deliveredAt } : told;
}

/** The guard holds what nobody was told of; that is told first. */
function withoutVainWait({ hold }: CaseFile): CaseFile['hold'] {
  return hold?.reason === 'notice_missing' || hold?.reason === 'notice_too_recent' ? null : hold;
}

/** Asks people for somebody to tell, by a date; once that has passed in vain, again with a new one. */
export function reportSilence(file: CaseFile, policy: Policy, now: Instant): CaseFile {
  const asked = file.findings.findLast(({ kind }) => kind === 'no_recipient');
  // Whoever was added meanwhile, and can't be reached either, is another matter.
  const isAsked = file.hold?.reason === 'no_recipient' && asked !== undefined && asked.at >= file.hold.since;
  if (isAsked && now < Date.parse(asked.subject)) return file;
  return find(file, silence(deadlineOf(file, policy, now), now));
}

function silence(until: Instant, at: Instant): Finding {
  const text = `nobody is left who can be told: no contact, or their mails bounced. Add one with \`forbear account contact add\` until ${formatInstant(until)}; nothing that needs a warning is taken before somebody was told`;
  return { kind: 'no_recipient', subject: new Date(until).toISOString(), text, at };
}

/** Until when a notice can go out without delaying the next step; where that is past, so long as customers have, too. */
function deadlineOf(file: CaseFile, policy: Policy, now: Instant): Instant {
  const next = nextTakingOf(file, policy, now);
  const leadMs = next === null || !isTaking(next.step) ? 0 : leadOf(policy, next.step);
  return Math.max((next?.at ?? now) - leadMs, now + Math.max(leadMs, DAY_MS));
}

const isTaking = (step: string): step is 'limit' | 'pause' | 'decommission' =>
  step === 'limit' || step === 'pause' || step === 'decommission';
