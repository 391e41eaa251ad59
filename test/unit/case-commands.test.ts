import { describe, expect, it, vi } from 'vitest';
import { readAmount } from '../../src/cli/amounts.js';
import { exemptionOf } from '../../src/cli/case/exempt.js';
import { entryOf } from '../../src/cli/case/history.js';
import { instalmentsOf } from '../../src/cli/case/promise.js';
import { readDate, readDeadline } from '../../src/cli/dates.js';
import { printTable } from '../../src/cli/output.js';
import { signatureOf } from '../../src/cli/signature.js';
import { createChainCheck, type AuditRow } from '../../src/db/queries/audit.js';
import { auditHash } from '../../src/db/audit.js';
import { sealWords } from '../../src/db/words.js';

describe('a sum on the command line', () => {
  it.each([
    ['50', 'usd', 5_000],
    ['50.5', 'usd', 5_050],
    ['50.00', 'eur', 5_000],
    ['0.01', 'usd', 1],
    ['19.99', 'usd', 1_999],
    ['1234567.89', 'usd', 123_456_789],
    ['5000', 'jpy', 5_000],
    ['1.5', 'kwd', 1_500],
    ['1.234', 'bhd', 1_234],
    ['0', 'usd', 0],
  ])('%s in %s is %i of the smallest unit', (text, currency, amountMinor) => {
    expect(readAmount(text, currency)).toBe(amountMinor);
  });

  it.each([
    ['50.00', 'jpy'],
    ['50.001', 'usd'],
    ['1.2345', 'kwd'],
    ['50,00', 'usd'],
    ['1 000', 'usd'],
    ['-5', 'usd'],
    ['1e3', 'usd'],
    ['.5', 'usd'],
    ['5.', 'usd'],
    ['', 'usd'],
    ['Infinity', 'usd'],
    ['99999999999999999', 'usd'],
  ])('%s in %s is none', (text, currency) => {
    expect(readAmount(text, currency)).toBeNull();
  });
});

describe('a date on the command line', () => {
  it.each([
    ['2026-12-01', '2026-12-01T00:00:00.000Z', '2026-12-01T23:59:59.000Z'],
    ['2026-12-01T09:00Z', '2026-12-01T09:00:00.000Z', '2026-12-01T09:00:00.000Z'],
    ['2026-12-01T09:00:00+01:00', '2026-12-01T08:00:00.000Z', '2026-12-01T08:00:00.000Z'],
  ])('%s begins at %s and is kept until %s', (text, begins, ends) => {
    expect(readDate('--until', text)).toBe(begins);
    expect(readDeadline('--pay', text)).toBe(ends);
  });

  it.each([
    'Friday week',
    '1.12.2026',
    '12/01/2026',
    '2026-12-01 09:00',
    '2026-12-01T09:00',
    '2026-13-01',
    '5',
    '',
  ])('is not guessed: %s', (text) => {
    expect(() => readDate('--until', text)).toThrow(`--until ${text}: not a date`);
  });
});

describe('an exemption on the command line', () => {
  const now = Date.parse('2026-11-24T09:00:00Z');
  it.each([
    [{ days: '7' }, { until: '2026-12-01T09:00:00.000Z' }],
    [{ days: '0.5' }, { until: '2026-11-24T21:00:00.000Z' }],
    [{ until: '2026-12-31' }, { until: '2026-12-31T00:00:00.000Z' }],
    [{ end: true }, { until: null }],
    [{ forgive: 'in_1, in_2' }, { invoices: ['in_1', 'in_2'] }],
  ])('%o is %o', (flags, terms) => {
    expect(exemptionOf(flags, now)).toEqual(terms);
  });

  it.each([
    [{}, /give one of/],
    [{ days: '7', end: true }, /give one of/],
    [{ days: '-1' }, /--days -1: must be a number above 0/],
    [{ days: 'x' }, /must be a number/],
    [{ days: 'Infinity' }, /must be a number/],
    [{ forgive: 'in_1,sub_2' }, /begins with in_/],
    [{ forgive: '' }, /begins with in_/],
  ])('%o is refused', (flags, sentence) => {
    expect(() => exemptionOf(flags, now)).toThrow(sentence);
  });
});

describe('instalments on the command line', () => {
  it('are sums of the debt’s currency, each until its day is over', () => {
    expect(instalmentsOf(['2026-12-01=50.00', '2027-01-01T12:00:00Z=0.5'], 'usd')).toEqual([
      { on: '2026-12-01T23:59:59.000Z', amountMinor: 5_000 },
      { on: '2027-01-01T12:00:00.000Z', amountMinor: 50 },
    ]);
  });

  it.each([
    ['2026-12-01', 'usd', /write it as --pay 2026-12-01=50\.00/],
    ['2026-12-01=', 'usd', /write it as/],
    ['2026-12-01=1=2', 'usd', /write it as/],
    ['2026-12-01=0', 'usd', /0 is no sum in USD/],
    ['2026-12-01=50.00', 'jpy', /50\.00 is no sum in JPY/],
    ['soon=50', 'usd', /--pay soon: not a date/],
  ])('%s in %s are refused', (text, currency, sentence) => {
    expect(() => instalmentsOf([text], currency)).toThrow(sentence);
  });
});

it('an order is signed by whoever gives it, and never without a reason', () => {
  expect(signatureOf({ reason: 'why', by: 'Sam' })).toEqual({ reason: 'why', by: 'Sam' });
  expect(signatureOf({ reason: 'why' }).by).toMatch(/./);
  expect(() => signatureOf({ reason: ' ' })).toThrow('--reason is empty');
});

const account = '0a0b0c0d-0000-4000-8000-000000000001';
const contents: Pick<AuditRow, 'kind' | 'effect' | 'body'>[] = [
  { kind: 'intent', effect: `${account}/case/pause/2`, body: { reason: 'overdue' } },
  { kind: 'outcome', effect: `${account}/case/pause/2`, body: { status: 'done', evidence: '3 are off' } },
  {
    kind: 'order',
    effect: 'order/1',
    body: { kind: 'recheck', text: 'a look', by: 'Sam', reason: 'they called' },
  },
  { kind: 'intent', effect: `${account}/case/lift/1`, body: { reason: 'paid' } },
];

function trail(): AuditRow[] {
  let previousHash = '';
  return contents.map((content, index) => {
    const [position, at] = [index + 1, new Date(1_793_610_000_000 + index)];
    const body = content.body as Record<string, unknown>;
    const hash = auditHash(previousHash, position, { ...content, body, account, at });
    const row = { ...content, seq: index, account, position, at, previousHash, hash };
    previousHash = hash;
    return row;
  });
}

function check(rows: readonly AuditRow[]) {
  const chain = createChainCheck();
  rows.forEach((row) => chain.add(row));
  return chain.result();
}

describe('the history of an account', () => {
  it('tells who did what, why, and what came of it', () => {
    expect(trail().map(entryOf)).toMatchObject([
      { what: 'pause 2', who: 'Forbear', why: 'overdue', outcome: 'begun' },
      { what: 'pause 2', who: 'Forbear', why: '', outcome: 'done: 3 are off' },
      { what: 'a look', who: 'Sam', why: 'they called', outcome: 'ordered' },
      { what: 'lift', who: 'Forbear', why: 'paid', outcome: 'begun' },
    ]);
  });

  it('tells what people said where it stands beside the log, and that it was erased', () => {
    const { id: words, text, seal } = sealWords({ by: 'Sam', reason: 'they called', text: 'a look' });
    expect(seal.words).toBe(words);
    const row = { ...trail()[2]!, body: { kind: 'recheck', ...seal } };
    expect(entryOf({ ...row, words: text })).toMatchObject({
      what: 'a look',
      who: 'Sam',
      why: 'they called',
    });
    const erased = { what: 'recheck', who: '(erased)', why: '(erased)' };
    expect(entryOf({ ...row, words: null })).toMatchObject(erased);
  });

  it('is whole as it was written', () => {
    expect(check(trail())).toEqual({ entries: 4, brokenAt: null });
    expect(check([])).toEqual({ entries: 0, brokenAt: null });
  });

  it.each<[string, (rows: AuditRow[]) => AuditRow[], number]>([
    [
      'another reason',
      (rows) => rows.map((r) => (r.position === 3 ? { ...r, body: { reason: 'x' } } : r)),
      3,
    ],
    ['another time', (rows) => rows.map((r) => (r.position === 1 ? { ...r, at: new Date(0) } : r)), 1],
    ['another hash', (rows) => rows.map((r) => (r.position === 4 ? { ...r, hash: 'x' } : r)), 4],
    ['a missing entry', (rows) => rows.filter((r) => r.position !== 2), 2],
    ['a missing first entry', (rows) => rows.slice(1), 1],
    ['two that changed places', ([a, b, ...rest]) => [b!, a!, ...rest], 1],
    ['somebody else’s entry', (rows) => rows.map((r) => (r.position === 2 ? { ...r, account: 'x' } : r)), 2],
  ])('names the first position that is not as it was written: %s', (_, tamper, brokenAt) => {
    expect(check(tamper(trail())).brokenAt).toBe(brokenAt);
  });
});

describe('a table in a terminal', () => {
  const hash = 'deadbeef'.repeat(8);
  it('fits into its width, and loses nothing of what it wraps', () => {
    const text = `asked 2 approvers for plan ${hash}, who have an hour`;
    const lines: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      lines.push(...String(line).trimEnd().split('\n'));
      return true;
    });
    printTable(
      ['#', 'what'],
      [
        ['1', text],
        ['2', 'first\n  second'],
        ['3', `${'word '.repeat(9)}end.\nand a line of its own`],
      ],
      '',
      { wraps: [1], width: 40 },
    );
    write.mockRestore();
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    const inside = lines.map((line) => line.split('│')[2]?.trim() ?? '').join('');
    expect(inside.replaceAll(' ', '')).toContain(text.replaceAll(' ', ''));
    expect(lines.join('\n')).toMatch(/first *│\n.*│ {3}second/);
    expect(lines.join('\n')).toMatch(/end\. *│\n.*│ and a line of its own/);
  });
});
