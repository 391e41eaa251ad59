import { describe, expect, it } from 'vitest';
import { readFilter, readPace, type LiftFlags } from '../../src/cli/lift/flags.js';
import { lineOf } from '../../src/cli/lift/progress.js';
import { csvOf, plannedOf, planRow, recordOf } from '../../src/cli/lift/rows.js';
import type { BackState, TakenFrom } from '../../src/db/queries/takings.js';
import { asAccountId } from '../../src/domain/ids.js';

const now = Date.parse('2026-11-30T12:00:00Z');
const flags: LiftFlags = { since: '2h', step: 'limit,pause', perSecond: '5', wait: '5m', reason: 'a bug' };

describe('the span of an undo', () => {
  it('begins at a date or so long ago, and ends now unless said', () => {
    expect(readFilter(flags, now)).toEqual({
      since: new Date('2026-11-30T10:00:00Z'),
      until: new Date(now),
      steps: ['limit', 'pause'],
    });
    const narrow = { since: '2026-11-29', until: '1h', step: 'pause', policy: 'saas', segment: 'new' };
    expect(readFilter({ ...flags, ...narrow }, now)).toEqual({
      since: new Date('2026-11-29T00:00:00Z'),
      until: new Date('2026-11-30T11:00:00Z'),
      steps: ['pause'],
      policy: 'saas',
      segment: 'new',
    });
  });

  it.each<[Partial<LiftFlags>, RegExp]>([
    [{ since: 'yesterday' }, /--since yesterday: not a date/],
    [{ since: '1h', until: '2h' }, /--until is not after --since/],
    [{ step: 'decommission' }, /--step decommission: .*can't be given back/],
    [{ perSecond: '0' }, /--per-second 0/],
    [{ perSecond: '1000' }, /at most 100/],
    [{ wait: '5' }, /--wait 5: write a duration/],
    [{ run: 'a/b' }, /--run a\/b/],
    [{ out: 'result.xlsx' }, /ends in \.csv or \.json/],
  ])('is refused with a sentence: %j', (changes, says) => {
    const read = () => [readFilter({ ...flags, ...changes }, now), readPace({ ...flags, ...changes })];
    expect(read).toThrow(says);
  });
});

const pausedAt = new Date('2026-11-30T11:00:00Z');
const account: TakenFrom = {
  id: asAccountId('a-1'),
  ref: 'acme',
  name: '=Acme, "Inc"',
  takings: [
    { step: 'limit', at: new Date('2026-11-30T10:30:00Z'), policy: 'saas', segment: null },
    { step: 'pause', at: pausedAt, policy: 'saas', segment: null },
  ],
};
const paused: BackState = {
  restrictions: [
    { reason: 'nonpayment', access: 'suspended', owner: 'forbear', since: 0, evidence: 'unpaid' },
  ],
  off: [{ kind: 'service', resource: 'web' }],
  lift: null,
  newest: {
    closedAt: null,
    owed: [{ currency: 'usd', amountMinor: 1 }],
    hold: null,
    remarks: [],
    ended: false,
  },
};
const back: BackState = {
  ...paused,
  restrictions: [],
  off: [],
  lift: { outcome: { status: 'done', at: 1 } },
};

describe('a dry run', () => {
  const given = (state: BackState) => planRow(plannedOf(account, state)).at(-1);

  it('tells of each account what was taken when, under which rules, and what would be given back', () => {
    expect(planRow(plannedOf(account, paused))).toEqual([
      'acme',
      '=Acme, "Inc"',
      'limit 2026-11-30 10:30:00 UTC\npause 2026-11-30 11:00:00 UTC',
      'saas',
      '1 resource: service web',
    ]);
  });

  it('tells what is back, paid, or under way already', () => {
    expect(given(back)).toBe('nothing: it is back already');
    expect(given({ ...back, newest: null })).toBe('nothing: it has paid');
    expect(given({ ...paused, restrictions: [] })).toBe('1 resource: service web, under way already');
  });
});

describe('the result of an undo', () => {
  const record = recordOf('run-1', account, { status: 'caveat', detail: 'web has vanished' });

  it('is a record a program can read', () => {
    expect(record).toMatchObject({ run: 'run-1', ref: 'acme', result: 'caveat', detail: 'web has vanished' });
    expect(record.taken[1]).toEqual({
      step: 'pause',
      at: pausedAt.toISOString(),
      policy: 'saas',
      segment: null,
    });
  });

  it('is a table in which no name is a formula, and no comma ends a column', () => {
    expect(csvOf([record]).split('\r\n')).toEqual([
      'run,account,ref,name,taken,policy,result,detail',
      `run-1,a-1,acme,"'=Acme, ""Inc""",limit 2026-11-30T10:30:00.000Z; pause 2026-11-30T11:00:00.000Z,saas,caveat,web has vanished`,
      '',
    ]);
  });

  it('shows how far it has come', () => {
    const lifted = { status: 'lifted', detail: '' } as const;
    expect(lineOf([lifted, lifted, lifted], 12)).toBe(
      `[${'#'.repeat(8)}${'-'.repeat(22)}] 3 of 12  3 lifted`,
    );
  });
});
