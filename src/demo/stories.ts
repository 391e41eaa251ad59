import type { Expectation } from './expectation.js';
import { isOff, serves, type Scene, type Size } from './scene.js';

/** What a story can do and wait for; all of it as the customer, a colleague in support, or the world would. */
export type Actor = {
  failRenewal(): Promise<void>;
  pay(): Promise<void>;
  /** Sends the signal that a person sends from the Temporal Web UI. */
  extendGrace(days: number, reason: string): Promise<void>;
  setDrainMs(drainMs: number): Promise<void>;
  tryToScale(size: Size): Promise<boolean>;
  /** Fails when it isn't seen in good time. */
  until(what: string, isSo: (scene: Scene) => boolean): Promise<void>;
  /** One line for those who watch. */
  tell(text: string): void;
};

export type Story = {
  readonly ref: string;
  readonly name: string;
  readonly title: string;
  readonly owesMinor: number;
  readonly sizes: readonly Size[];
  readonly expected: Expectation;
  play(actor: Actor): Promise<void>;
};

// 8.6 seconds: longer than the demo policy's lead needs to count as a new date, short enough to wait for.
const extensionDays = 0.0001;
// Far longer than anybody waits here, so that the payment surely comes in the middle.
const slowDrainMs = 90_000;

const heardFrom = (topic: string) => (scene: Scene) => scene.topics.includes(topic);

// So that those who watch see it, and that the payment doesn't come before anything was done.
const viewingMs = 3_000;
const pausedForAMoment = ({ pausedAt }: Scene) => pausedAt !== null && Date.now() > pausedAt + viewingMs;

// A busy machine may be late; then Forbear rightly reminds once more, or tells a later date.
const often = [1, 3] as const;
const perhaps = [0, 2] as const;

const restored = (sizes: readonly Size[]) => (scene: Scene) =>
  scene.stage === 'recovered' && serves(scene, sizes) && heardFrom('recovered')(scene);

export const stories: readonly Story[] = [
  {
    ref: 'acme',
    name: 'Acme Analytics',
    title: 'pays after the first reminder',
    owesMinor: 4_900,
    sizes: [{ id: 'web', size: 2 }],
    expected: { stage: 'recovered', mails: { reminder: often, recovered: [1, 1] }, paused: 'never' },
    async play(actor) {
      await actor.failRenewal();
      await actor.until('the first reminder', heardFrom('reminder'));
      await actor.pay();
      await actor.until('recovery', restored(this.sizes));
    },
  },
  {
    ref: 'borealis',
    name: 'Borealis Bakery',
    title: 'is paused, then pays',
    owesMinor: 12_000,
    sizes: [
      { id: 'web', size: 3 },
      { id: 'worker', size: 2 },
    ],
    expected: {
      stage: 'recovered',
      mails: { reminder: often, moved: perhaps, paused: [1, 1], recovered: [1, 1] },
      paused: 'whole',
    },
    async play(actor) {
      await actor.failRenewal();
      await actor.until('the pause', (scene) => isOff(scene) && heardFrom('paused')(scene));
      await actor.until('a moment of it', pausedForAMoment);
      const started = await actor.tryToScale({ id: 'web', size: 3 });
      if (started) throw new Error('a locked instance could be started');
      actor.tell('tries to start its web again, and is refused: locked');
      await actor.pay();
      await actor.until('recovery', restored(this.sizes));
    },
  },
  {
    ref: 'cobalt',
    name: 'Cobalt Cargo',
    title: 'is granted an extension',
    owesMinor: 30_000,
    sizes: [
      { id: 'api', size: 5 },
      { id: 'batch', size: 1 },
    ],
    expected: {
      stage: 'recovered',
      mails: { reminder: often, moved: often, paused: [1, 1], recovered: [1, 1] },
      paused: 'whole',
      moved: true,
    },
    async play(actor) {
      await actor.failRenewal();
      await actor.until('a date for its pause', ({ toldPauseAt }) => toldPauseAt.length > 0);
      await actor.extendGrace(extensionDays, 'promised to pay on Friday');
      await actor.until('the notice of the new date', heardFrom('moved'));
      await actor.until(
        'the pause',
        (scene) => isOff(scene) && heardFrom('paused')(scene) && pausedForAMoment(scene),
      );
      await actor.pay();
      await actor.until('recovery', restored(this.sizes));
    },
  },
  {
    ref: 'delta',
    name: 'Delta Dental',
    title: 'pays while its pause runs',
    owesMinor: 8_000,
    sizes: [
      { id: 'web', size: 4 },
      { id: 'jobs', size: 6 },
    ],
    expected: {
      stage: 'recovered',
      mails: { reminder: often, moved: perhaps, recovered: [1, 1] },
      paused: 'undone half-way',
    },
    async play(actor) {
      await actor.setDrainMs(slowDrainMs);
      await actor.failRenewal();
      const drains = ({ instances }: Scene) => instances.some((i) => i.draining);
      await actor.until('the drain', (scene) => drains(scene) && pausedForAMoment(scene));
      await actor.pay();
      await actor.until('recovery', restored(this.sizes));
    },
  },
  {
    ref: 'echo',
    name: 'Echo Events',
    title: 'always pays, is left alone',
    owesMinor: 2_500,
    sizes: [{ id: 'web', size: 1 }],
    expected: { stage: null, mails: {}, paused: 'never' },
    play: () => Promise.resolve(),
  },
];
