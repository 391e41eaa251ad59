import { pauseToldIn } from '../support/memory-world.js';
import { expect, it } from 'vitest';
import { DAY_MS, SECOND_MS } from '../../src/domain/time.js';
import type { GraceInput } from '../../workflows/messages.js';
import { refusalOf, type Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const fiveDays = { days: 5, reason: 'the wire transfer is under way', by: 'dana' };

/** The promised pause dates in the order they were told, as days. */
const promised = (trial: Trial) =>
  trial.post.letters.flatMap((letter) => {
    const at = pauseToldIn(letter);
    return at === null ? [] : [trial.dayOf(at)];
  });

describeInTime('a grace extension', ({ openInArrears }) => {
  it('TT-6 by signal moves every later step, sends a fresh notice with the new date, and keeps to it', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await trial.signalGrace(fiveDays);
    await trial.reach(14.9);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['moved', 2],
      ['reminder', 9],
      ['reminder', 13],
    ]);
    expect(promised(trial)).toEqual([10, 15, 15, 15]);
    await trial.reach(15);
    expect(trial.told().at(-1)).toEqual(['paused', 15]);
    expect(trial.audit().filter(({ kind }) => kind === 'order')).toMatchObject([
      {
        body: { kind: 'extendGrace', by: 'dana', reason: fiveDays.reason, text: 'grace extended by 5 days' },
      },
    ]);
  });

  it('TT-6 by update answers with the next step, and moves it', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const answer = await trial.extendGrace(fiveDays);
    expect(answer).toEqual({
      stage: 'reminded',
      nextStep: 'remind',
      nextAt: new Date(trial.day(9)).toISOString(),
    });
    await trial.reach(14.9);
    expect(trial.file().stage).toBe('reminded');
    await trial.reach(15);
    expect(trial.file().stage).toBe('paused');
  });

  it('TT-6 until a date moves the next step to that date, and the later ones as far', async () => {
    const trial = await openInArrears();
    await trial.reach(8.5);
    const until = new Date(trial.day(20)).toISOString();
    expect(await trial.extendGrace({ until, reason: 'agreed' })).toEqual({
      stage: 'reminded',
      nextStep: 'pause',
      nextAt: until,
    });
    await trial.reach(19.9);
    expect(trial.file().stage).toBe('reminded');
    expect(promised(trial).at(-1)).toBe(20);
    await trial.reach(20);
    expect(trial.file().stage).toBe('paused');
  });

  it('TT-6 in the last second before the pause still moves it, by all that was given', async () => {
    const trial = await openInArrears();
    await trial.reach(9.9);
    // Time passes until a second after the given day.
    await trial.pass(10 - (2 * SECOND_MS) / DAY_MS);
    await trial.signalGrace(fiveDays);
    await trial.quiet();
    expect(trial.ordered()).toHaveLength(1);
    await trial.reach(14.9);
    expect(trial.target.calls).toEqual([]);
    expect(trial.told().at(-1)).toEqual(['moved', 10]);
    expect(promised(trial).at(-1)).toBe(15);
    await trial.reach(15);
    expect(trial.told().at(-1)).toEqual(['paused', 15]);
  });

  it('TT-6 given twice adds up', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await trial.signalGrace(fiveDays);
    await trial.signalGrace({ days: 0.5, reason: 'a bit more', by: 'kim' });
    await trial.reach(15.4);
    expect(trial.file().stage).toBe('reminded');
    await trial.reach(15.5);
    expect(trial.file().stage).toBe('paused');
  });

  it('TT-6 never makes a step come earlier than a notice promised', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await trial.signalGrace(fiveDays);
    await trial.reach(3);
    await trial.signalGrace({ days: -5, reason: 'changed our mind', by: 'dana' });
    await trial.signalGrace({ until: new Date(trial.day(4)).toISOString(), reason: 'earlier', by: 'dana' });
    await trial.reach(14.9);
    expect(trial.file().stage).toBe('reminded');
    expect(promised(trial).every((day) => day >= 10)).toBe(true);
    const refusals = trial.file().remarks.filter(({ text }) => text.includes('refused'));
    expect(refusals).toHaveLength(2);
  });

  it.each([
    null,
    'seven days',
    {},
    { days: '7', reason: 'x' },
    { days: 7 },
    { days: 1e9, reason: 'x' },
    { reason: 'x' },
  ])('TT-6 that a signal asks for badly is noted in the case and changes nothing: %j', async (input) => {
    const trial = await openInArrears();
    await trial.reach(2);
    const before = trial.file();
    await trial.signalGrace(input);
    await trial.quiet();
    const { remarks, ...after } = trial.file();
    expect(after).toEqual({ ...before, remarks: undefined, ...after });
    expect(after.shiftMs).toBe(0);
    expect(remarks.at(-1)?.text).toMatch(/refused: ./);
    await trial.reach(4);
    expect(trial.told().at(-1)).toEqual(['reminder', 4]);
  });

  it.each<[GraceInput, RegExp]>([
    [{ days: -1, reason: 'x' }, /only gives time/],
    [{ days: 61, reason: 'x' }, /at most 60 days/],
    [{ reason: 'x' }, /either days or until/],
    [{ days: 1, reason: ' ' }, /reason is missing/],
    [{ until: 'next week', reason: 'x' }, /not a date/],
  ])(
    'TT-6 that an update asks for badly is refused with a sentence, and leaves no trace: %j',
    async (input, sentence) => {
      const trial = await openInArrears();
      await trial.reach(2);
      const before = trial.file();
      expect(await refusalOf(trial.extendGrace(input))).toMatch(sentence);
      await trial.quiet();
      expect(trial.file()).toEqual(before);
    },
  );

  it('TT-6 asked for twice with one update id is given once', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const [first, second] = [
      await trial.extendGrace(fiveDays, 'one'),
      await trial.extendGrace(fiveDays, 'one'),
    ];
    expect(second).toEqual(first);
    expect(trial.audit().filter(({ kind }) => kind === 'order')).toHaveLength(1);
    expect(trial.file().shiftMs).toBe(5 * DAY_MS);
  });

  it('TT-6 that comes while a step is being taken is answered when the step is done', async () => {
    const trial = await openInArrears();
    const reminder = trial.post.hold('reminder');
    await trial.pass(1);
    await reminder.arrived;
    const answer = trial.extendGrace(fiveDays);
    reminder.letIn();
    expect(await answer).toEqual({
      stage: 'reminded',
      nextStep: 'remind',
      nextAt: new Date(trial.day(9)).toISOString(),
    });
    await trial.quiet();
    expect(promised(trial)).toEqual([10, 15]);
  });

  it('TT-6 that comes while the case is closing is answered, and keeps nothing open', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const thanks = trial.post.hold('recovered');
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await thanks.arrived;
    const answer = trial.extendGrace(fiveDays).catch((error: unknown) => error);
    thanks.letIn();
    await answer;
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)).toEqual(['recovered', 2]);
  });

  it('TT-6 until a date that comes while the case is closing is answered as well', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const thanks = trial.post.hold('recovered');
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await thanks.arrived;
    const until = new Date(trial.day(20)).toISOString();
    const answer = trial.extendGrace({ until, reason: 'x' }).catch((error: unknown) => error);
    thanks.letIn();
    await answer;
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
  });
});
