import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBuiltRoot } from '../support/built-root.js';
import { moments, type Moment } from '../support/kill-gates.js';
import {
  liveThrough,
  killedPolicy,
  points,
  settlePair,
  type Pair,
  type Point,
} from '../support/kill-lives.js';
import { orphansOf } from '../support/kill-orphans.js';
import { killAt, type Lives, type Victim } from '../support/kill-strikes.js';
import { auditOf, faultsOf, mailsById } from '../support/lives-record.js';
import { asksById, wholeRecordOf, type WholeRecord } from '../support/lives-whole.js';
import { sizes, type Life } from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { portsToKeep } from '../support/stack-ports.js';
import { startStackProcess } from '../support/stack-process.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

const limitMs = 900_000;

type Started = {
  readonly ways: Ways;
  /** Kills a part, or all of it, and resolves when it runs again. */
  kill9(victim: Victim): Promise<void>;
};

let root: string;
const endings: (() => Promise<void>)[] = [];
let starting: Promise<unknown> = Promise.resolve();

/** A stack with data of its own, after the one before it: side by side they would all take as long as all together. */
function start(name: string): Promise<Started> {
  const started = starting.then(
    () => begin(name),
    () => begin(name),
  );
  starting = started;
  return started;
}

async function begin(name: string): Promise<Started> {
  const folder = makeTestFolder(`kill-${name}`);
  const options = stackOptions(folder.path, killedPolicy, { root, ports: await portsToKeep() });
  let stack = await startStackProcess(options);
  const ways = waysInto(stack.describe());
  endings.push(async () => {
    await ways.close();
    await stack.stop();
    folder.remove();
  });
  return {
    ways,
    async kill9(victim) {
      if (victim !== 'everything') return stack.kill9Part(victim);
      await stack.kill9();
      stack = await startStackProcess(options);
    },
  };
}

/** What is left of a life, and what is wrong with it. */
type Left = {
  readonly record: WholeRecord;
  readonly faults: readonly string[];
  readonly orphans: readonly string[];
  /** How often the mail that came most often has come. */
  readonly copies: number;
};
type LeftOfPair = Readonly<Record<keyof Pair, Left>>;

async function leftOf(ways: Ways, life: Life): Promise<Left> {
  const orphans = await orphansOf(ways, life);
  const mails = [await mailsById(ways, life), await asksById(ways, life)].flatMap((byId) => [
    ...byId.values(),
  ]);
  return {
    record: await wholeRecordOf(ways, life),
    faults: faultsOf(await auditOf(ways, life)),
    orphans,
    copies: Math.max(...mails.map((copies) => copies.length)),
  };
}

const leftOfPair = async (ways: Ways, { debtor, payer }: Pair): Promise<LeftOfPair> => ({
  debtor: await leftOf(ways, debtor),
  payer: await leftOf(ways, payer),
});

async function liveUndisturbed(): Promise<LeftOfPair> {
  const { ways } = await start('nothing');
  const pair = await settlePair(ways, 'by nothing');
  await liveThrough(ways, [pair], async (_, act) => {
    await act?.();
  });
  return leftOfPair(ways, pair);
}

let undisturbed: Promise<LeftOfPair> | null = null;

type Struck = Readonly<Record<Moment, LeftOfPair>>;

const atEach = async <Each>(
  make: (moment: Moment) => Promise<Each>,
): Promise<Readonly<Record<Moment, Each>>> => ({
  'before the call': await make('before the call'),
  'after the call': await make('after the call'),
  'before the outcome': await make('before the outcome'),
});

async function liveStruck(victim: Victim, wanted: readonly Point[]): Promise<Struck> {
  const { ways, kill9 } = await start(victim);
  const lives: Lives = await atEach((moment) => settlePair(ways, moment));
  await killAt(wanted, { victim, ways, kill9: () => kill9(victim), lives });
  return atEach((moment) => leftOfPair(ways, lives[moment]));
}

const struck = new Map<Victim, Promise<Struck>>();

beforeAll(async () => {
  const folder = makeTestFolder('kill-built');
  endings.push(() => Promise.resolve(folder.remove()));
  root = await makeBuiltRoot(folder.path);
});

afterAll(async () => {
  await Promise.all(endings.map((end) => end()));
});

// The longest first: at most five live at a time.
const victims: readonly [Victim, readonly Point[]][] = [
  ['postgres', points],
  ['worker', points],
  ['temporal', points],
  ['everything', points],
  ['api', points],
];

// One life of each victim shows all three moments, so those that share one come last.
const matrix = moments.flatMap((moment) =>
  victims.map(([victim, wanted]): [Victim, Moment, readonly Point[]] => [victim, moment, wanted]),
);

describe.concurrent('two lives, one ended by deletion and one recovered', () => {
  it(
    'are whole when nothing disturbs them: all is taken, and deleted after an approval or given back',
    async () => {
      const { debtor, payer } = await (undisturbed ??= liveUndisturbed());
      expect(payer.record.caseFile).toMatchObject({
        stage: 'recovered',
        rounds: { remind: 2, limit: 1, pause: 1, ask: 1, lift: 1, close: 1 },
        remarks: [],
      });
      expect(payer.record).toMatchObject({
        sizes,
        findings: [],
        account: { access: 'active', restrictions: [] },
      });
      expect(payer.record.mails).toHaveLength(5);
      expect(debtor.record.caseFile).toMatchObject({
        stage: 'decommissioned',
        rounds: { remind: 2, limit: 1, pause: 1, ask: 1, decommission: 1, lift: 0 },
        remarks: [{ text: expect.stringMatching(/^deletion .* approved by/) as string }],
      });
      expect([debtor.record.sizes, debtor.record.findings]).toEqual([{}, []]);
      expect(debtor.record.approvals).toMatchObject([{ approved: true, decidedBy: 'ops@forbear.test' }]);
      const gone = ['jobs', 'spare', 'web'].map((resource) => ({ resource, deleted: true }));
      expect(debtor.record.deletions).toMatchObject(gone);
      expect(debtor.record.mails).toHaveLength(5);
      for (const { faults, orphans, copies } of [debtor, payer])
        expect({ faults, orphans, copies }).toEqual({ faults: [], orphans: [], copies: 1 });
    },
    limitMs,
  );

  it.each(matrix)(
    'TT-2 TT-3 TT-4 TT-5 TT-10 EC-14 come to the same, each act within a minute, when kill -9 of %s strikes %s in: %j',
    async (victim, moment, wanted) => {
      const same = (undisturbed ??= liveUndisturbed());
      const all = struck.get(victim) ?? liveStruck(victim, wanted);
      struck.set(victim, all);
      const { debtor, payer } = (await all)[moment];
      expect({ debtor: debtor.record, payer: payer.record }).toEqual({
        debtor: (await same).debtor.record,
        payer: (await same).payer.record,
      });
      for (const { faults, orphans, copies } of [debtor, payer]) {
        expect({ faults, orphans }).toEqual({ faults: [], orphans: [] });
        expect(copies).toBeLessThanOrEqual(2);
      }
    },
    limitMs,
  );
});
