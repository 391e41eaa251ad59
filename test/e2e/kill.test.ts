import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBuiltRoot } from '../support/built-root.js';
import { killedPolicy, liveThrough, points, settleBoth, type Lives } from '../support/kill-lives.js';
import { killAt, type Victim } from '../support/kill-strikes.js';
import { auditOf, faultsOf, mailsById } from '../support/lives-record.js';
import { asksById, wholeRecordOf, type WholeRecord } from '../support/lives-whole.js';
import { sizes } from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { portsToKeep } from '../support/stack-ports.js';
import { startStackProcess } from '../support/stack-process.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

const limitMs = 600_000;

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

type Records = Record<keyof Lives, WholeRecord>;

const recordsOf = async (ways: Ways, { debtor, payer }: Lives): Promise<Records> => ({
  debtor: await wholeRecordOf(ways, debtor),
  payer: await wholeRecordOf(ways, payer),
});

async function liveUndisturbed(): Promise<Records> {
  const { ways } = await start('nothing');
  const lives = await settleBoth(ways);
  await liveThrough(ways, lives, async (_, act) => {
    await act?.();
  });
  return recordsOf(ways, lives);
}

let undisturbed: Promise<Records> | null = null;

beforeAll(async () => {
  const folder = makeTestFolder('kill-built');
  endings.push(() => Promise.resolve(folder.remove()));
  root = await makeBuiltRoot(folder.path);
});

afterAll(async () => {
  await Promise.all(endings.map((end) => end()));
});

// The longest first: at most five live at a time.
const strikes: readonly [Victim, readonly (typeof points)[number][]][] = [
  ['postgres', points],
  ['worker', points],
  ['temporal', points],
  ['everything', ['reminder', 'pause', 'deletion']],
  ['api', points],
];

describe.concurrent('two lives, one ended by deletion and one recovered', () => {
  it(
    'are whole when nothing disturbs them: all is taken, and deleted after an approval or given back',
    async () => {
      const { debtor, payer } = await (undisturbed ??= liveUndisturbed());
      expect(payer.caseFile).toMatchObject({
        stage: 'recovered',
        rounds: { remind: 2, limit: 1, pause: 1, lift: 1, close: 1 },
        remarks: [],
      });
      expect(payer).toMatchObject({ sizes, findings: [], account: { access: 'active', restrictions: [] } });
      expect(payer.mails).toHaveLength(5);
      expect(debtor.caseFile).toMatchObject({
        stage: 'decommissioned',
        rounds: { remind: 2, limit: 1, pause: 1, ask: 1, decommission: 1, lift: 0 },
        remarks: [{ text: expect.stringMatching(/^deletion .* approved by/) as string }],
      });
      expect([debtor.sizes, debtor.findings]).toEqual([{}, []]);
      expect(debtor.approvals).toMatchObject([{ approved: true, decidedBy: 'ops@forbear.test' }]);
      const gone = ['jobs', 'spare', 'web'].map((resource) => ({ resource, deleted: true }));
      expect(debtor.deletions).toMatchObject(gone);
      expect(debtor.mails).toHaveLength(5);
    },
    limitMs,
  );

  it.each(strikes)(
    'TT-2 TT-3 TT-4 TT-5 TT-10 EC-14 come to the same when kill -9 of %s strikes them half-way in: %j',
    async (victim, wanted) => {
      const same = (undisturbed ??= liveUndisturbed());
      const { ways, kill9 } = await start(victim);
      const lives = await settleBoth(ways);
      await killAt(wanted, { victim, ways, kill9: () => kill9(victim), ...lives });
      expect(await recordsOf(ways, lives)).toEqual(await same);
      for (const life of [lives.debtor, lives.payer]) {
        expect(faultsOf(await auditOf(ways, life))).toEqual([]);
        for (const byId of [await mailsById(ways, life), await asksById(ways, life)])
          for (const copies of byId.values()) expect(copies.length).toBeLessThanOrEqual(2);
      }
    },
    limitMs,
  );
});
