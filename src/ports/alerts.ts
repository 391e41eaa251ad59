import type { Instant } from '../domain/time.js';

/** `page`: somebody has to get up · `warning`: somebody should look today. */
export type AlertSeverity = 'page' | 'warning';

/** Something that on-call people have to know. Holds ids, counts and codes; no secret, and nobody's personal data. */
export type Alert = {
  /** What it is about: one alert is open for it at a time, such as `wrong_secret` or `endpoint_disabled`. */
  readonly key: string;
  readonly severity: AlertSeverity;
  /** One line. */
  readonly title: string;
  /** What was found, in sentences. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy: string;
};

/** What a channel is told: that it began (`firing`, and again while it lasts), or that it is over. */
export type AlertNews = Alert & {
  /** The same each time that the same is told, also to several channels. */
  readonly id: string;
  readonly state: 'firing' | 'resolved';
  readonly since: Instant;
  /** Until when this is known: now for what lasts, its end for what is over. */
  readonly at: Instant;
};

/** One way to the people on call. */
export type AlertChannel = {
  /** As it is called in `forbear.yaml`. */
  readonly name: string;
  /** Of what is less severe it is not told. */
  readonly atLeast: AlertSeverity;
  /** Rejects when the channel did not take it, with a message that holds no secret; the caller tries again later. A repeat tells it twice. */
  tell(news: AlertNews): Promise<void>;
};

/** The name of the channel that there always is. */
export const logChannel = 'log';
