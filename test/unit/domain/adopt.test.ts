import { describe, expect, it } from 'vitest';
import { adoptNotice } from '../../../src/domain/adopt.js';
import { advance } from '../../../src/domain/advance.js';
import type { CaseFile } from '../../../src/domain/case-file.js';
import type { SentNotice } from '../../../src/domain/witness.js';
import { HOUR_MS } from '../../../src/domain/time.js';
import {
  day,
  factsOf,
  invoiceFact,
  openCase,
  remindedCase,
  rounds,
  samplePolicy,
  standingOf,
  standingThatIs,
  tracksOf,
} from '../../support/facts.js';

const firstAt = samplePolicy.reminders[0]?.afterMs ?? 0;
const sentAt = day(0) + firstAt;
const pauseOn = { step: 'pause', at: day(10) } as const;

const reminder = (changes: Partial<SentNotice> = {}): SentNotice => ({
  round: 1,
  topic: 'reminder',
  at: sentAt,
  promises: [pauseOn],
  ...changes,
});
const failed = { of: 'remind', reason: 'failed', since: sentAt, until: sentAt + HOUR_MS, tries: 1 } as const;
const seen = (lastNotice: SentNotice | null, standing = standingThatIs('owing', sentAt + 1)) =>
  factsOf(standing, { tracks: tracksOf({ lastNotice, rounds: { remind: lastNotice?.round ?? 0 } }) });

describe('P-3 a notice that went out and of whose end the case never heard', () => {
  it('counts as sent: its rung is done since then, and what it named is told', () => {
    expect(adoptNotice(openCase({ hold: failed }), seen(reminder()))).toMatchObject({
      stage: 'reminded',
      rung: 1,
      rounds: rounds({ remind: 1 }),
      lastStepAt: sentAt,
      told: [{ ...pauseOn, acceptedAt: sentAt }],
      hold: null,
    });
  });

  it('is not sent once more', () => {
    const file = openCase({ hold: failed });
    expect(advance(file, seen(null), failed.until).act).toMatchObject({ step: 'remind', topic: 'reminder' });
    const { act, next, file: after } = advance(file, seen(reminder()), failed.until);
    expect(act).toBeNull();
    expect(next?.at).toBeGreaterThan(failed.until);
    expect(advance(after, seen(reminder()), failed.until).file).toEqual(after);
  });

  it.each<[string, SentNotice | null]>([
    ['there is none', null],
    ['the case has counted it', reminder({ round: 1 })],
    ['the case knows a later one', reminder({ round: 1, topic: 'final' })],
  ])('changes nothing where %s', (_, lastNotice) => {
    const file = remindedCase(1);
    expect(adoptNotice(file, seen(lastNotice))).toBe(file);
    expect(adoptNotice(openCase(), factsOf(standingThatIs('owing', sentAt)))).toEqual(openCase());
  });

  it('leaves what holds another step', () => {
    const hold = { ...failed, of: 'lift' } as const;
    expect(adoptNotice(openCase({ hold }), seen(reminder())).hold).toEqual(hold);
  });

  it('no longer owes what it told', () => {
    const owing: CaseFile = remindedCase(1, { owesNotice: 'moved' });
    const told = adoptNotice(owing, seen(reminder({ round: 2, topic: 'moved' })));
    expect(told).toMatchObject({ owesNotice: null, rung: 1, rounds: rounds({ remind: 2 }) });
  });

  it('asks nobody twice to confirm: whose payment waited by then was asked', () => {
    const waiting = (id: string, since: number) =>
      invoiceFact({
        ...invoiceFact(),
        id: id as ReturnType<typeof invoiceFact>['id'],
        confirmationSince: since,
      });
    const standing = standingOf([waiting('in_1', sentAt - 1), waiting('in_2', sentAt + 1)], sentAt + 2);
    const confirm = reminder({ topic: 'confirm', promises: [] });
    expect(adoptNotice(openCase(), seen(confirm, standing)).confirmationAsked).toEqual(['in_1']);
    expect(advance(openCase(), seen(confirm, standing), sentAt + 2).act).toMatchObject({
      topic: 'confirm',
      confirms: ['in_1', 'in_2'],
    });
  });
});
