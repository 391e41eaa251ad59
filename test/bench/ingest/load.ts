import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../bench.js';
import { openConnection, type Connection } from './connection.js';
import type { Events, Sign } from './events.js';

export type Target = {
  readonly url: string;
  readonly events: Events;
  readonly sign: Sign;
  /** How it answers a genuine delivery. */
  readonly saysYes: (text: string, id: string) => boolean;
};

export type Round = {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** The ids of the events that were acknowledged. */
  readonly acknowledged: readonly string[];
  /** Answers but 2xx, and requests that had none. */
  readonly non2xx: number;
};

const connections = 64;

type Tally = { readonly acknowledged: string[]; readonly times: number[]; non2xx: number };

/** As many deliveries as the server takes, on 64 connections, for so many seconds. */
export async function press(target: Target, seconds: number): Promise<Round> {
  const tally: Tally = { acknowledged: [], times: [], non2xx: 0 };
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(target.url)));
  const began = performance.now();
  const isOver = () => performance.now() - began > seconds * 1_000;
  await Promise.all(
    open.map(async (connection) => {
      while (!isOver()) await deliver(target, connection, tally, performance.now());
    }),
  );
  return roundOf(tally, open, began);
}

/**
 * So many deliveries a second, whatever the server does; times count from when each was due. Those that find no connection
 * free wait for one.
 */
export async function pace(target: Target, perSecond: number, seconds: number): Promise<Round> {
  const tally: Tally = { acknowledged: [], times: [], non2xx: 0 };
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(target.url)));
  const began = performance.now();
  const most = perSecond * seconds;
  let next = 0;
  await Promise.all(
    open.map(async (connection) => {
      while (next < most) {
        const dueAt = began + (next++ * 1_000) / perSecond;
        const early = dueAt - performance.now();
        if (early > 0) await sleep(early);
        await deliver(target, connection, tally, dueAt);
      }
    }),
  );
  return roundOf(tally, open, began);
}

async function deliver(
  { events, sign, saysYes }: Target,
  connection: Connection,
  tally: Tally,
  since: number,
): Promise<void> {
  const { id, body } = events.next();
  const { status, text } = await connection.post(sign(body), body);
  tally.times.push(performance.now() - since);
  if (status >= 200 && status < 300 && saysYes(text, id)) tally.acknowledged.push(id);
  else tally.non2xx += 1;
}

function roundOf({ acknowledged, times, non2xx }: Tally, open: readonly Connection[], began: number): Round {
  const elapsedSeconds = (performance.now() - began) / 1_000;
  open.forEach((connection) => connection.close());
  return { perSecond: times.length / elapsedSeconds, p99Ms: quantile(times, 0.99), acknowledged, non2xx };
}
