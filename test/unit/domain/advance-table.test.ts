import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import { allStages } from '../../../src/domain/case-file.js';
import type { Act } from '../../../src/domain/effect.js';
import type { Verdict } from '../../../src/domain/standing.js';
import { DAY_MS } from '../../../src/domain/time.js';
import { day, membersOf, remindedCase } from '../../support/facts.js';
import {
  decide,
  factsIn,
  situationNames,
  situations,
  type Situation,
  type SituationName,
} from './advance-situations.js';

const verdicts = membersOf<Verdict>({
  owing: true,
  in_flight: true,
  unconfirmed: true,
  promised: true,
  covered: true,
  clear: true,
  unclear: true,
});

const lift = 'lift 1 from nonpayment to nothing';
const regain = 'lift 1 from fallback to nothing';
const restrict = 'restrict 1 suspended';
const unrestrict = 'unrestrict 1';

/** What happens whatever the standing says, unless nothing is owed: orders of people, and what was begun to be given back. */
const whatever: Partial<Record<SituationName, string>> = {
  'lift failed, to be tried later': 'wait',
  'lift failed, to be tried now': lift,
  'nothing known, but resources are off': lift,
  'lift ordered': lift,
  'lift ordered while exempt': lift,
  'restriction ordered': restrict,
  'restriction by hand over': unrestrict,
  'restriction by hand to be ended': unrestrict,
};
const always = (expected: (name: SituationName) => string): Record<SituationName, string> =>
  Object.fromEntries(situationNames.map((name) => [name, whatever[name] ?? expected(name)])) as Record<
    SituationName,
    string
  >;

/** The rounds of the requests to confirm go on after the notices that were sent. */
const confirmation = (name: SituationName) => {
  const { file, tracks } = situations[name];
  return `remind ${Math.max(file.rounds.remind, tracks?.rounds?.remind ?? 0) + 1} confirm`;
};

/** The decision table. Every situation stands in it under every verdict; one that is missing does not compile. */
const table: Record<Verdict, Record<SituationName, string>> = {
  unclear: always(() => 'hold standing_unclear'),
  in_flight: always(() => 'hold payment_in_flight'),
  promised: always(() => 'hold instalments_agreed'),
  covered: always(() => 'hold credit_covers_debt'),
  unconfirmed: always(confirmation),
  clear: {
    'nothing known yet': 'close silently',
    'debt known, first reminder not due': 'close silently',
    'first reminder due': 'close silently',
    'second reminder not due': 'close 1 recovered',
    'second reminder due': 'close 1 recovered',
    'second reminder on its day, its dwell not over': 'close 1 recovered',
    'all reminders sent, pause not due': 'close 1 recovered',
    'all reminders sent, pause due': 'close 1 recovered',
    'pause due, dwell not over': 'close 1 recovered',
    'pause due, told a later day': 'close 1 recovered',
    'pause due, lead not over': 'close 1 recovered',
    'pause due, never told': 'close 1 recovered',
    'pause due, its day long past': 'close 1 recovered',
    'grace was extended past the told day': 'close 1 recovered',
    'pause half-way': lift,
    'pause half-way, its day long past': lift,
    'pause half-way, known only from its claim': lift,
    'paused, customer not told yet': lift,
    'paused and told': lift,
    'paused, its subscription over': 'lift 1 from nonpayment to ended',
    'paid and off because its subscription is over': 'wait',
    'off for an ended subscription, subscribed again': 'lift 1 from ended to nothing',
    'reminded, its subscription over': 'close 1 paid_but_ended',
    'lifted after a pause': 'close 1 recovered',
    'lift failed, to be tried later': 'wait',
    'lift failed, to be tried now': lift,
    'failure just now, policy immediate': 'close silently',
    'paused at once, first reminder due': lift,
    'nothing known, but the account is suspended': lift,
    'nothing known, but resources are off': lift,
    'nothing known, but a reminder left its restriction': lift,
    'a notice and its round forgotten': 'close 1 recovered',
    'paused, its subscription over, but granted': lift,
    'paid and off because its subscription is over, but granted': 'lift 1 from ended to nothing',
    'reminded, its subscription over, but granted': 'close 1 recovered',
    'pause half-way, its subscription over': 'lift 1 from nonpayment to fallback',
    'nothing known, on a fallback plan, subscribed': regain,
    'nothing known, on a fallback plan, its subscription over': 'close silently',
    'nothing known, on a fallback plan, but granted': regain,
    'reminded, on a fallback plan, subscribed': regain,
    'reminder forgotten, on a fallback plan, subscribed': lift,
    'limited, its subscription over': 'lift 1 from nonpayment to fallback',
    'restricted by hand, on a fallback plan, subscribed': regain,
    'the pause forgotten': lift,
    'limit due': 'close 1 recovered',
    'limit due, never told': 'close 1 recovered',
    'limit half-way': lift,
    'limited, customer not told yet': lift,
    'limited, pause not due': lift,
    'limited, pause due': lift,
    'off, final notice not due': lift,
    'off, final notice due': lift,
    'announced, deletion not due': lift,
    'announced, deletion due': lift,
    'deletion asked for': lift,
    'deletion asked for in vain': lift,
    'deletion approved': lift,
    'deletion approved, too long ago': lift,
    'deletion rejected': lift,
    'deletion rejected a retention ago': lift,
    'deletion due, its day long past': lift,
    'deletion half-way, approved': lift,
    // It was over because of the deletion, or before: all is back, and a person sees to the rest.
    'deletion half-way, its subscription over': lift,
    'deletion half-way, its plan changed': lift,
    'deleted, customer not told yet': lift,
    'deleted and told': lift,
    'exempt, pause due': 'close 1 recovered',
    'exemption over': 'close 1 recovered',
    'lift ordered': lift,
    'lift ordered while exempt': lift,
    'restriction ordered': restrict,
    'restriction ordered, held until later': 'wait',
    'restricted by hand': 'wait',
    'restriction by hand over': unrestrict,
    'restriction by hand to be ended': unrestrict,
    'paused and restricted by hand': lift,
    'an instalment missed': 'close 1 recovered',
    'a new card, pause due': 'close 1 recovered',
    'a new card that was tried': 'close 1 recovered',
  },
  owing: {
    'nothing known yet': 'wait',
    'debt known, first reminder not due': 'wait',
    'first reminder due': 'remind 1 reminder: pause day 10',
    'second reminder not due': 'wait',
    'second reminder due': 'remind 2 reminder: pause day 10',
    'second reminder on its day, its dwell not over': 'wait',
    'all reminders sent, pause not due': 'wait',
    'all reminders sent, pause due': 'pause 1',
    'pause due, dwell not over': 'wait',
    'pause due, told a later day': 'wait',
    'pause due, lead not over': 'wait',
    'pause due, never told': 'remind 4 moved: pause day 12',
    'pause due, its day long past': 'remind 4 moved: pause day 14.1',
    'grace was extended past the told day': 'remind 4 moved: pause day 13',
    'pause half-way': 'pause 1',
    'pause half-way, its day long past': 'remind 4 moved: pause day 14.1',
    'pause half-way, known only from its claim': 'pause 1',
    'paused, customer not told yet': 'remind 4 paused',
    'paused and told': 'wait',
    'paused, its subscription over': 'wait',
    'paid and off because its subscription is over': 'wait',
    'off for an ended subscription, subscribed again': 'wait',
    'reminded, its subscription over': 'wait',
    'lifted after a pause': 'remind 4 moved: pause day 13',
    'lift failed, to be tried later': 'wait',
    'lift failed, to be tried now': lift,
    'failure just now, policy immediate': 'pause 1',
    'paused at once, first reminder due': 'remind 1 reminder',
    'nothing known, but the account is suspended': 'wait',
    'nothing known, but resources are off': lift,
    'nothing known, but a reminder left its restriction': 'remind 1 reminder: pause day 10',
    'a notice and its round forgotten': 'remind 2 reminder: pause day 10',
    'paused, its subscription over, but granted': 'wait',
    'paid and off because its subscription is over, but granted': 'wait',
    'reminded, its subscription over, but granted': 'wait',
    'pause half-way, its subscription over': 'pause 1',
    'nothing known, on a fallback plan, subscribed': 'wait',
    'nothing known, on a fallback plan, its subscription over': 'wait',
    'nothing known, on a fallback plan, but granted': 'wait',
    'reminded, on a fallback plan, subscribed': 'wait',
    'reminder forgotten, on a fallback plan, subscribed': 'wait',
    'limited, its subscription over': 'wait',
    'restricted by hand, on a fallback plan, subscribed': 'wait',
    'the pause forgotten': 'wait',
    'limit due': 'limit 1: pause day 12',
    'limit due, never told': 'remind 4 moved: limit day 11, pause day 12',
    'limit half-way': 'limit 1: pause day 12',
    'limited, customer not told yet': 'remind 4 limited: pause day 12',
    'limited, pause not due': 'wait',
    'limited, pause due': 'pause 1',
    'off, final notice not due': 'wait',
    'off, final notice due': 'remind 5 final: decommission day 90',
    'announced, deletion not due': 'wait',
    'announced, deletion due': 'ask 1',
    'deletion asked for': 'wait',
    'deletion asked for in vain': 'ask 1',
    'deletion approved': 'decommission 1 by approval-1',
    'deletion approved, too long ago': 'ask 1',
    'deletion rejected': 'wait',
    'deletion rejected a retention ago': 'ask 1',
    'deletion due, its day long past': 'remind 5 moved: decommission day 151',
    'deletion half-way, approved': 'decommission 1 by approval-1',
    'deletion half-way, its subscription over': 'decommission 1 by approval-1',
    'deletion half-way, its plan changed': 'ask 1',
    'deleted, customer not told yet': 'remind 6 decommissioned',
    'deleted and told': 'close as decommissioned',
    'exempt, pause due': 'hold exempt',
    'exemption over': 'pause 1',
    'lift ordered': lift,
    'lift ordered while exempt': lift,
    'restriction ordered': restrict,
    'restriction ordered, held until later': 'wait',
    'restricted by hand': 'wait',
    'restriction by hand over': unrestrict,
    'restriction by hand to be ended': unrestrict,
    'paused and restricted by hand': 'wait',
    // The clock stood still from day 8.5 to 9.5, so the pause has moved by a day.
    'an instalment missed': 'remind 4 instalment_missed: pause day 11.5',
    'a new card, pause due': 'retry 1 of in_1 on pm_2',
    'a new card that was tried': 'pause 1',
  },
};

const inDays = (at: number) => Number(((at - day(0)) / DAY_MS).toFixed(3));

function actInWords(act: Act): string {
  const promises =
    'promises' in act ? act.promises.map((p) => `${p.step} day ${inDays(p.at)}`).join(', ') : '';
  const rest = promises === '' ? '' : `: ${promises}`;
  switch (act.step) {
    case 'remind':
      return `remind ${act.round} ${act.topic}${rest}`;
    case 'limit':
    case 'pause':
      return `${act.step} ${act.round}${rest}`;
    case 'ask':
    case 'unrestrict':
      return `${act.step} ${act.round}`;
    case 'decommission':
      return `decommission ${act.round} by ${act.approval}`;
    case 'retry':
      return `retry ${act.round} of ${act.charges.map((c) => `${c.invoice} on ${c.method}`).join(', ')}`;
    case 'restrict':
      return `restrict ${act.round} ${act.access}`;
    case 'lift':
      return `lift ${act.round} from ${act.from} to ${act.leaves}`;
    case 'close':
      return `close ${act.round} ${act.topic}`;
  }
}

function inWords(verdict: Verdict, situation: Situation): string {
  const { act, file } = decide(verdict, situation);
  if (act !== null) return actInWords(act);
  if (file.closedAt !== null) return file.stage === 'closed' ? 'close silently' : `close as ${file.stage}`;
  return file.hold?.of === null ? `hold ${file.hold.reason}` : 'wait';
}

describe('advance: the decision table', () => {
  for (const verdict of verdicts) {
    it.each(situationNames)(`decides, when the standing is ${verdict}: %s`, (name) => {
      expect(inWords(verdict, situations[name])).toBe(table[verdict][name]);
    });
  }

  it('has a situation in every stage that a case can be in while it is open', () => {
    const stages = new Set(situationNames.map((name) => situations[name].file.stage));
    expect([...stages].sort()).toEqual(
      allStages.filter((stage) => stage !== 'recovered' && stage !== 'closed').sort(),
    );
  });

  it.each(verdicts)('changes nothing about a case that is closed, whatever the standing (%s)', (verdict) => {
    const file = remindedCase(3, { closedAt: day(9), stage: 'recovered' });
    const turn = decide(verdict, { file, now: day(10) });
    expect({ ...turn, file: { ...turn.file, agreement: null } }).toEqual({
      file,
      act: null,
      wakeAt: day(10),
      next: null,
    });
  });

  it.each(verdicts)(
    'decides the same again on its own result, and later than now unless it acts (%s)',
    (verdict) => {
      for (const name of situationNames) {
        const situation = situations[name];
        const turn = decide(verdict, situation);
        const again = advance(turn.file, factsIn(verdict, situation), situation.now);
        if (turn.file.closedAt !== null) {
          expect(again, name).toMatchObject({ file: turn.file, act: null });
          continue;
        }
        expect(again.act, name).toEqual(turn.act);
        expect({ ...again.file, hold: null }, name).toEqual({ ...turn.file, hold: null });
        expect(again.wakeAt, name).toBe(turn.wakeAt);
        if (turn.act === null) expect(turn.wakeAt, name).toBeGreaterThan(situation.now);
      }
    },
  );
});
