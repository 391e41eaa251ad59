import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertCommand } from '../../src/cli/alert.js';
import { lookAtAlerts } from '../../src/cli/doctor/alerts.js';
import { openDatabase, type Database } from '../../src/db/client.js';
import { listAlerts } from '../../src/db/queries/alerts.js';
import { readClock } from '../../src/db/queries/ledger.js';
import { alerts } from '../../src/db/schema.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.js';
import type { Alert, AlertChannel, AlertNews } from '../../src/ports/alerts.js';
import type { Logger } from '../../src/ports/logger.js';
import { createAlerting } from '../../src/watch/alerting.js';
import { startHttpReceiver, type HttpReceiver } from '../support/alert-receivers.js';
import { forbearHere } from '../support/cli.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let other: Database;

const folder = mkdtempSync(join(tmpdir(), 'forbear-alerts-'));

beforeAll(async () => {
  stack = await startDatabase('alerts', { withMovableClock: true });
  other = openDatabase(stack.url, 5);
});
afterAll(async () => {
  await other.close();
  await stack.end();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await stack.database.db.delete(alerts);
});

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

type Ear = AlertChannel & { readonly heard: AlertNews[]; away: boolean };

/** A channel that keeps what it hears. */
function anEar(name: string, atLeast: AlertChannel['atLeast'] = 'warning'): Ear {
  const ear: Ear = {
    name,
    atLeast,
    heard: [],
    away: false,
    tell(news) {
      if (ear.away) return Promise.reject(new Error('away'));
      ear.heard.push(news);
      return Promise.resolve();
    },
  };
  return ear;
}

/** One that has not taken what it hears until it is let. */
function aSlowEar(name: string) {
  let [begin, finish] = [() => undefined as void, () => undefined as void];
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const ear = anEar(name);
  const tell = async (news: AlertNews) => {
    ear.heard.push(news);
    begin();
    await finished;
  };
  return { ...ear, tell, begun, finish };
}

const alertingOf = (channels: readonly AlertChannel[], { db } = stack.database, logger = silent) =>
  createAlerting({ db, channels, logger });
const told = ({ heard }: Ear) => heard.map(({ state, key }) => `${state} ${key}`);

const wrongSecret: Alert = {
  key: 'wrong_secret',
  severity: 'page',
  title: 'Deliveries carry another secret',
  text: '12 deliveries were refused.',
  remedy: 'Set the secret of the endpoint.',
};
const failing = (id: string): Alert => ({ ...wrongSecret, key: `endpoint_failing:${id}` });

describe('an alert', () => {
  it('is told at once when it is raised, and once however often that happens', async () => {
    const ear = anEar('team');
    const { raise, settle } = alertingOf([ear]);
    await raise(wrongSecret);
    await stack.wait(MINUTE_MS);
    await raise({ ...wrongSecret, text: '13 deliveries were refused.' });
    await settle([{ ...wrongSecret, text: '14 deliveries were refused.' }], ['wrong_secret']);
    expect(told(ear)).toEqual(['firing wrong_secret']);
    expect(ear.heard[0]).toMatchObject(wrongSecret);
    const [row, ...others] = await listAlerts(stack.database.db);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ text: '14 deliveries were refused.', toldBegin: ['team'] });
    expect(row!.seenAt.getTime() - row!.since.getTime()).toBeGreaterThanOrEqual(MINUTE_MS);
  });

  it('is over, and told so, once it was looked for and not found', async () => {
    const ear = anEar('team');
    const { settle } = alertingOf([ear]);
    await settle([wrongSecret], ['wrong_secret']);
    await stack.wait(HOUR_MS);
    await settle([], ['wrong_secret']);
    await settle([], ['wrong_secret']);
    expect(told(ear)).toEqual(['firing wrong_secret', 'resolved wrong_secret']);
    const [, end] = ear.heard;
    expect(end!.at - end!.since).toBeGreaterThanOrEqual(HOUR_MS);
    expect(await listAlerts(stack.database.db)).toEqual([]);
    await settle([wrongSecret], ['wrong_secret']);
    expect(told(ear).slice(2)).toEqual(['firing wrong_secret']);
  });

  it('stays as it is while it can not be looked at', async () => {
    const ear = anEar('team');
    const { settle } = alertingOf([ear]);
    await settle([wrongSecret, failing('we_1')], []);
    await settle([], ['silence', 'endpoint', 'endpoint_failing:we_2']);
    expect(await listAlerts(stack.database.db)).toHaveLength(2);
    expect(ear.heard).toHaveLength(2);
  });

  it('that is raised while a round is looking is not over by what that round saw before', async () => {
    const ear = anEar('team');
    const { raise, settle } = alertingOf([ear]);
    const begunAt = await readClock(stack.database.db);
    await raise(wrongSecret);
    await settle([], ['wrong_secret'], begunAt);
    expect(told(ear)).toEqual(['firing wrong_secret']);
    await stack.wait(MINUTE_MS);
    await settle([], ['wrong_secret'], await readClock(stack.database.db));
    expect(told(ear)).toEqual(['firing wrong_secret', 'resolved wrong_secret']);
  });

  it('of several of a kind is over by itself: what was looked at is named by kind or by key', async () => {
    const ear = anEar('team');
    const { settle } = alertingOf([ear]);
    const open = async () => (await listAlerts(stack.database.db)).map(({ key }) => key).sort();
    await settle([failing('we_1'), failing('we_2'), failing('we_3')], []);
    await settle([failing('we_1')], ['endpoint_failing:we_2']);
    expect(await open()).toEqual(['endpoint_failing:we_1', 'endpoint_failing:we_3']);
    await settle([failing('we_1')], ['endpoint_failing']);
    expect(await open()).toEqual(['endpoint_failing:we_1']);
    expect(told(ear).slice(3)).toEqual(['resolved endpoint_failing:we_2', 'resolved endpoint_failing:we_3']);
  });

  it('is told once by two processes that find it at once, and so is its end', async () => {
    const ear = anEar('team');
    const both = [alertingOf([ear]), alertingOf([ear], other)];
    const rounds = (found: readonly Alert[]) =>
      Promise.all(
        both.flatMap(({ raise, settle }) => [
          ...found.map(raise),
          settle(found, ['wrong_secret', 'endpoint_failing']),
        ]),
      );
    const found = [wrongSecret, failing('we_1'), failing('we_2')];
    await rounds(found);
    await rounds([]);
    expect(told(ear).sort()).toEqual([
      'firing endpoint_failing:we_1',
      'firing endpoint_failing:we_2',
      'firing wrong_secret',
      'resolved endpoint_failing:we_1',
      'resolved endpoint_failing:we_2',
      'resolved wrong_secret',
    ]);
  });

  it('that is being told is left to who tells it, however slow that is', async () => {
    const slow = aSlowEar('slow');
    const first = alertingOf([slow]).raise(wrongSecret);
    await slow.begun;
    await alertingOf([slow], other).settle([], []);
    slow.finish();
    await first;
    await alertingOf([slow], other).settle([], []);
    expect(told(slow)).toEqual(['firing wrong_secret']);
  });

  it('raised a hundred times while it is told leaves connections to others', async () => {
    const slow = aSlowEar('slow');
    const { raise } = alertingOf([slow], other);
    const first = raise(wrongSecret);
    await slow.begun;
    const more = Array.from({ length: 100 }, () => raise(wrongSecret));
    await other.db.execute('select 1');
    slow.finish();
    await Promise.all([first, ...more]);
    expect(told(slow)).toEqual(['firing wrong_secret']);
  });
});

describe('a channel', () => {
  it('that did not take an alert is told it with the next round, and the others not again', async () => {
    const [team, oncall] = [anEar('team'), anEar('oncall')];
    const lines: unknown[] = [];
    const logger = { ...silent, warn: (fields: unknown) => void lines.push(fields) };
    const { raise, settle } = alertingOf([team, oncall], stack.database, logger);
    oncall.away = true;
    await raise(wrongSecret);
    expect(lines).toEqual([{ alert: 'wrong_secret', channel: 'oncall', why: 'away' }]);
    oncall.away = false;
    await settle([wrongSecret], ['wrong_secret']);
    await settle([wrongSecret], ['wrong_secret']);
    expect([told(team), told(oncall)]).toEqual([['firing wrong_secret'], ['firing wrong_secret']]);
    oncall.away = true;
    await settle([], ['wrong_secret']);
    oncall.away = false;
    await settle([], ['wrong_secret']);
    expect(told(team)).toEqual(['firing wrong_secret', 'resolved wrong_secret']);
    expect(told(oncall)).toEqual(told(team));
    expect(oncall.heard[0]!.id).toBe(team.heard[0]!.id);
  });

  it('that never answers is as one that is away, and keeps no other from being told', async () => {
    const [mute, team] = [aSlowEar('mute'), anEar('team')];
    const lines: unknown[] = [];
    const logger = { ...silent, warn: (fields: unknown) => void lines.push(fields) };
    const { db } = stack.database;
    const { raise } = createAlerting({ db, channels: [mute, team], logger, timeoutMs: 50 });
    await raise(wrongSecret);
    expect(lines).toMatchObject([{ channel: 'mute', why: 'no answer within 50 ms' }]);
    expect((await listAlerts(db))[0]?.toldBegin).toEqual(['team']);
  });

  it('is told nothing of an alert that is over before it heard of it', async () => {
    const [team, oncall] = [anEar('team'), anEar('oncall')];
    const { raise, settle } = alertingOf([team, oncall]);
    oncall.away = true;
    await raise(wrongSecret);
    await settle([], ['wrong_secret']);
    oncall.away = false;
    await settle([], ['wrong_secret']);
    expect([told(team).length, told(oncall).length]).toEqual([2, 0]);
  });

  it('that was away at the end is told it for a day', async () => {
    const ear = anEar('team');
    const { raise, settle } = alertingOf([ear]);
    await raise(wrongSecret);
    ear.away = true;
    await settle([], ['wrong_secret']);
    ear.away = false;
    await stack.wait(DAY_MS);
    await settle([], []);
    expect(told(ear)).toEqual(['firing wrong_secret']);
  });

  it('hears of a page again every six hours while it lasts, and of a warning not', async () => {
    const ear = anEar('team');
    const { settle } = alertingOf([ear]);
    const warning = { ...failing('we_1'), severity: 'warning' } as const;
    const round = () => settle([wrongSecret, warning], ['wrong_secret', 'endpoint_failing']);
    await round();
    await stack.wait(6 * HOUR_MS - MINUTE_MS);
    await round();
    expect(ear.heard).toHaveLength(2);
    await stack.wait(MINUTE_MS);
    await round();
    await round();
    expect(told(ear).slice(2)).toEqual(['firing wrong_secret']);
    expect(new Set(ear.heard.map(({ id }) => id)).size).toBe(3);
  });

  it('of pages hears of a warning when it becomes one, and everybody with it', async () => {
    const [team, oncall] = [anEar('team'), anEar('oncall', 'page')];
    const { raise, settle } = alertingOf([team, oncall]);
    const mild = { ...wrongSecret, severity: 'warning' } as const;
    await raise(mild);
    expect([told(team).length, told(oncall).length]).toEqual([1, 0]);
    await raise(wrongSecret);
    await raise(mild);
    expect(team.heard.map(({ severity }) => severity)).toEqual(['warning', 'page']);
    expect(oncall.heard.map(({ severity }) => severity)).toEqual(['page']);
    await settle([], ['wrong_secret']);
    expect([told(team).length, told(oncall).length]).toEqual([3, 2]);
  });
});

describe('forbear alert', () => {
  const run = (args: readonly string[], settings: Record<string, string> = {}) =>
    forbearHere(alertCommand(), ['alert', ...args], { DATABASE_URL: stack.url, ...settings });

  it('list shows what is wrong, what to do and who was told, and with --all also what is over', async () => {
    const [team, oncall] = [anEar('team'), anEar('oncall')];
    const { settle } = alertingOf([team, oncall]);
    expect((await run(['list'])).out).toBe('Nothing is wrong that is known.\n');
    await settle([wrongSecret, failing('we_1')], []);
    oncall.away = true;
    await settle([], ['endpoint_failing']);
    const open = await run(['list']);
    expect([open.code, open.err]).toEqual([0, '']);
    for (const words of ['wrong_secret', 'page', wrongSecret.title, wrongSecret.remedy, 'team, oncall'])
      expect(open.out).toContain(words);
    expect(open.out).not.toContain('we_1');
    const all = await run(['list', '--all']);
    expect(all.out).toMatch(/endpoint_failing:we_1 .*, over /);
    expect(all.out).toContain('team, oncall (not of its end)');
    const rows = (await run(['list', '--all', '--json'])).out.trim().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as Alert).key)).toEqual([
      'endpoint_failing:we_1',
      'wrong_secret',
    ]);
    await stack.wait(31 * DAY_MS);
    expect((await run(['list', '--all'])).out).not.toContain('we_1');
  });

  describe('test', () => {
    let receiver: HttpReceiver;
    beforeEach(async () => {
      receiver = await startHttpReceiver();
      return () => receiver.close();
    });
    const test = () => {
      const path = join(folder, 'forbear.yaml');
      writeFileSync(path, 'targets: []\nalerts:\n  - { kind: slack, name: oncall, urlEnv: SLACK_URL }\n');
      return run(['test'], { FORBEAR_CONFIG: path, SLACK_URL: receiver.url });
    };

    it('sends a page and its end through every channel, and keeps nothing', async () => {
      const { code, out } = await test();
      expect([code, out]).toEqual([0, 'log: took it, and its end\noncall: took it, and its end\n']);
      const [begin, end, ...more] = receiver.arrived.map(({ body }) => body);
      expect(begin).toContain('[page] This is a test');
      expect(end).toContain('[resolved] This is a test');
      expect(more).toEqual([]);
      expect(await listAlerts(stack.database.db, 30)).toEqual([]);
    });

    it('says what came back where one failed, ends with 1, and shows no secret', async () => {
      receiver.answer = { status: 403, body: 'invalid_token' };
      const { code, out, err } = await test();
      expect(code).toBe(1);
      expect(out).toContain('oncall: Slack answered 403 (invalid_token)\n');
      expect(err).toContain('1 of 2 channels failed');
      expect(out + err).not.toContain('hidden');
    });

    it('says that nobody is told where the log is all there is', async () => {
      const { code, out } = await run(['test']);
      expect(code).toBe(0);
      expect(out).toContain('Nobody else is told: name a channel in forbear.yaml');
    });
  });
});

describe('forbear doctor', () => {
  const look = async (named: readonly string[]) =>
    (
      await lookAtAlerts({
        databaseUrl: stack.url,
        alerts: named.map((name) => ({ kind: 'slack', name, atLeast: 'warning', url: 'http://hidden' })),
      })
    ).map(({ part, state, text }) => [part, state, text]);

  it('warns when alerts stand in the log only', async () => {
    expect(await look([])).toEqual([
      ['alerts', 'warning', 'stand in the log only: nobody is woken when something is wrong'],
    ]);
    expect(await look(['oncall', 'team'])).toEqual([
      ['alerts', 'ok', 'are told to oncall, team and the log; forbear alert test tries it'],
    ]);
  });

  it('takes an open page for a part that is broken, and a warning for one to see to', async () => {
    const { settle } = alertingOf([anEar('team')]);
    await settle([wrongSecret, { ...failing('we_1'), severity: 'warning' }, failing('we_2')], []);
    await settle([], ['endpoint_failing:we_2']);
    expect((await look(['team'])).slice(1)).toEqual([
      ['alert endpoint_failing:we_1', 'warning', expect.stringContaining('12 deliveries were refused.')],
      ['alert wrong_secret', 'broken', expect.stringContaining('Deliveries carry another secret, since')],
    ]);
  });
});
