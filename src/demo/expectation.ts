import { isOff, serves, type Scene, type Size } from './scene.js';

type Range = readonly [least: number, most: number];

export type Expectation = {
  readonly stage: 'recovered' | null;
  /** How many mails of each topic; none of a topic that isn't named. */
  readonly mails: Readonly<Record<string, Range>>;
  readonly paused: 'never' | 'whole' | 'undone half-way';
  /** The pause date was moved, and the customer was told. */
  readonly moved?: boolean;
};

/** Everything that was seen of an account, the last scene last. */
export type History = readonly Scene[];

/** What isn't as it should be, each in a few words; nothing when all is. */
export function complaintsAbout(history: History, sizes: readonly Size[], expected: Expectation): string[] {
  const last = history.at(-1);
  if (last === undefined) return ['nothing was seen of it'];
  return [
    last.stage === expected.stage
      ? []
      : [`it ended ${last.stage ?? 'without a case'}, not ${expected.stage ?? 'without one'}`],
    last.access === 'active' ? [] : [`its access is ${last.access}`],
    serves(last, sizes) ? [] : ['its instances are not what they were'],
    complaintsAboutMails(last, expected.mails),
    complaintsAboutPause(history, last, expected),
  ].flat();
}

function complaintsAboutMails({ topics }: Scene, expected: Expectation['mails']): string[] {
  const all = new Set([...topics, ...Object.keys(expected)]);
  return [...all].flatMap((topic) => {
    const [least, most] = expected[topic] ?? [0, 0];
    const count = topics.filter((one) => one === topic).length;
    return count >= least && count <= most
      ? []
      : [`${count} mails "${topic}" instead of ${least === most ? least : `${least} to ${most}`}`];
  });
}

function complaintsAboutPause(history: History, last: Scene, expected: Expectation): string[] {
  const wasOff = history.some(isOff);
  const wasTouched = last.pausedAt !== null;
  const dates = last.toldPauseAt;
  const seen = !wasTouched ? 'never' : wasOff ? 'whole' : 'undone half-way';
  return [
    seen === expected.paused ? [] : [`its pause was ${seen}, not ${expected.paused}`],
    wasTouched && (last.pausedAt ?? 0) < (dates.at(-1) ?? Infinity)
      ? ['it was paused earlier than it was told']
      : [],
    expected.moved === true && (dates.at(-1) ?? 0) <= (dates[0] ?? 0) ? ['no later pause date was told'] : [],
  ].flat();
}
