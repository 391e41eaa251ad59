import { Client, Connection } from '@temporalio/client';
import { dataConverterOf } from '../codec/data-converter.js';
import { readCodecKeys } from '../config.js';
import { openDatabase } from '../db/client.js';
import type { StackDescription } from '../dev/description.js';
import type { DevOptions } from '../dev/options.js';
import { withStack } from '../dev/run.js';
import { actorOf, settleIn, type World } from './cast.js';
import { complaintsAbout } from './expectation.js';
import { demoLinks } from './links.js';
import { observe } from './observe.js';
import { createPlatform } from './platform.js';
import { createScreen, type Screen, type Terminal } from './screen.js';
import { stories, type Story } from './stories.js';
import { createTill } from './till.js';
import { startWatch, type Watch } from './watch.js';

/**
 * `forbear demo`: a stack of its own with empty data, and every story played on it at once. Returns the exit code: 0
 * only if every account ended as expected; 130 when it was interrupted before.
 */
export async function runDemoStack(
  options: DevOptions,
  exit: boolean,
  terminal: Terminal = process.stdout,
): Promise<number> {
  const screen = createScreen(terminal);
  const demoOptions = { ...options, fresh: true, stripe: null, say: screen.say };
  return withStack(demoOptions, (stack, halt) => runDemo({ stack, exit, screen, halt }), 130);
}

type Demo = {
  readonly stack: StackDescription;
  /** Return as soon as every story has ended, else stay until `halt` is aborted. */
  readonly exit: boolean;
  readonly screen: Screen;
  readonly halt: AbortSignal;
};

/** Plays every story on a running stack, shows it, and checks how each account ended. */
export async function runDemo({ stack, exit, screen, halt }: Demo): Promise<number> {
  const over = new AbortController();
  const ended = AbortSignal.any([halt, over.signal]);
  const database = openDatabase(stack.postgres, 3);
  // A proxy of the person's shell must not stand between this machine and itself.
  const connection = Connection.lazy({
    address: stack.temporal.address,
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  try {
    const platform = createPlatform(stack.platform.base);
    const codec = dataConverterOf(readCodecKeys(stack.settings));
    const temporal = new Client({ connection, namespace: stack.temporal.namespace, ...codec });
    const world = { db: database.db, till: createTill(stack.stripe), platform, temporal };
    demoLinks(stack).forEach(screen.say);
    const refs = stories.map(({ ref }) => ref);
    const look = () => observe({ db: database.db, stack, platform }, stories);
    const watch: Watch = startWatch(refs, look, (changed) => draw(screen, watch, changed), ended);
    const allWell = await playAll(world, watch, screen, halt);
    if (exit) return allWell ? 0 : 1;
    screen.say('Everything stays up for you to look around. Ctrl-C ends it.');
    await new Promise<void>((resolve) =>
      halt.aborted ? resolve() : halt.addEventListener('abort', () => resolve()),
    );
    return allWell ? 0 : 1;
  } finally {
    over.abort();
    await connection.close();
    await database.close();
  }
}

function draw(screen: Screen, watch: Watch, changed: readonly string[]): void {
  const rows = stories.map(({ ref, name, title }) => ({ ref, name, title, scene: watch.of(ref) }));
  screen.draw(
    rows,
    rows.filter(({ ref }) => changed.includes(ref)),
  );
}

async function playAll(world: World, watch: Watch, screen: Screen, halt: AbortSignal): Promise<boolean> {
  const beganAt = Date.now();
  const failures = await Promise.all(stories.map((story) => play(world, story, watch, screen)));
  halt.throwIfAborted();
  // Looked at only now, so that a late harm to somebody whose story was over would be seen too.
  const verdicts = stories.map((story, at) => {
    const complaints = complaintsAbout(watch.history(story.ref), story.sizes, story.expected);
    const problems = [...(failures[at] ?? []), ...complaints];
    const verdict = problems.length === 0 ? 'ok' : `not as expected: ${problems.join('; ')}`;
    screen.say(`  ${story.name.padEnd(16)} ${story.title.padEnd(34)} ${verdict}`);
    return problems.length === 0;
  });
  const good = verdicts.filter(Boolean).length;
  const seconds = Math.round((Date.now() - beganAt) / 1000);
  screen.say(`${good} of ${verdicts.length} accounts ended as expected, after ${seconds} s.`);
  return good === verdicts.length;
}

async function play(world: World, story: Story, watch: Watch, screen: Screen): Promise<string[]> {
  try {
    const account = await settleIn(world, story);
    await watch.until(
      story.ref,
      'its instances',
      ({ instances }) => instances.every((i) => i.serving),
      20_000,
    );
    await story.play(actorOf(world, story, account, watch, screen.tell));
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
