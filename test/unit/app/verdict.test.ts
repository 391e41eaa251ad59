import { describe, expect, it } from 'vitest';
import { accessLevels, restrictionReasons, type AccessLevel } from '../../../src/app/contract.js';
import { localError } from '../../../src/app/errors.js';
import type { Reading } from '../../../src/app/reading.js';
import { verdictOn, type Question } from '../../../src/app/verdict.js';
import { answerOf, payUrl } from '../../support/app-standin.js';

const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPPATCH', 'get'] as const;
const known = (answer: ReturnType<typeof answerOf>, isStale = false): Reading => {
  return { isKnown: true, answer, isStale };
};
const unknown = (then: 'open' | 'closed', code: 'timeout' | 'not_found' = 'timeout'): Reading => {
  return { isKnown: false, then, error: localError(code, 'a title', 'a remedy') };
};
const ask = (reading: Reading | null, method: string, changes: Partial<Question> = {}) => {
  const paths = { isOpenPath: false, isExportPath: false };
  const usual = { ...paths, readOnly: 'block-unsafe', sessionIssuedAt: null } as const;
  const verdict = verdictOn({ reading, method, ...usual, ...changes });
  return verdict.isPassed ? 'passes' : verdict.refusal;
};
const statusOf = (verdict: ReturnType<typeof ask>) => (verdict === 'passes' ? verdict : verdict.status);

// Safe methods, unsafe methods: for whom a payment is overdue.
const table: Readonly<Record<AccessLevel, readonly ['passes' | 402, 'passes' | 402]>> = {
  active: ['passes', 'passes'],
  grace_period: ['passes', 'passes'],
  read_only: ['passes', 402],
  suspended: [402, 402],
  revoked_pending: [402, 402],
  revoked: [402, 402],
  decommissioned: [402, 402],
};
const cells = accessLevels.flatMap((access) => methods.map((method) => [access, method] as const));
const isSafe = (method: string) => ['GET', 'HEAD', 'OPTIONS', 'get'].includes(method);

describe('the verdict', () => {
  it.each(cells)('on an account that owes is as the table says: %s, %s', (access, method) => {
    const expected = table[access][isSafe(method) ? 0 : 1];
    for (const isStale of [false, true]) {
      const verdict = ask(known(answerOf(access, ['nonpayment']), isStale), method);
      expect(verdict).toEqual(
        expected === 402 ? { status: 402, reason: 'nonpayment', access, payUrl } : 'passes',
      );
    }
  });

  it.each(cells)(
    'takes away as much for every other reason, and never says why: %s, %s',
    (access, method) => {
      const expected = table[access][isSafe(method) ? 0 : 1];
      for (const reason of restrictionReasons.filter((reason) => reason !== 'nonpayment'))
        expect(ask(known(answerOf(access, [reason])), method)).toEqual(
          expected === 402 ? { status: 403, reason: 'restricted' } : 'passes',
        );
    },
  );

  it('asks for money only where nothing is kept secret beside it', () => {
    const told = (reasons: Parameters<typeof answerOf>[1]) =>
      statusOf(ask(known(answerOf('suspended', reasons)), 'GET'));
    for (const secret of ['fraud', 'dispute', 'manual'] as const)
      expect(told(['nonpayment', secret])).toBe(403);
    for (const open of ['ended', 'drift'] as const) expect(told(['nonpayment', open])).toBe(402);
    expect(told([])).toBe(403);
  });

  it.each(methods)('follows the operator’s choice while nothing is known: %s', (method) => {
    expect(ask(unknown('open'), method)).toBe('passes');
    expect(ask(unknown('closed'), method)).toEqual({ status: 503, reason: 'unknown' });
    expect(ask(unknown('open', 'not_found'), method)).toBe('passes');
    expect(ask(unknown('closed', 'not_found'), method)).toEqual({ status: 403, reason: 'restricted' });
  });

  it.each(cells)('lets nobody’s requests and open paths pass: %s, %s', (access, method) => {
    expect(ask(null, method)).toBe('passes');
    expect(ask(known(answerOf(access, ['fraud'])), method, { isOpenPath: true })).toBe('passes');
    expect(ask(unknown('closed'), method, { isOpenPath: true })).toBe('passes');
  });

  it.each(cells)('lets people take their data along until access is revoked: %s, %s', (access, method) => {
    const isOver = ['revoked', 'decommissioned'].includes(access);
    const verdict = ask(known(answerOf(access)), method, { isExportPath: true });
    expect(statusOf(verdict)).toBe(isOver ? 402 : 'passes');
  });

  it.each(methods)('knows no more of an export than of the rest while nothing is known: %s', (method) => {
    const isExport = { isExportPath: true };
    expect(ask(unknown('open'), method, isExport)).toBe('passes');
    expect(statusOf(ask(unknown('closed'), method, isExport))).toBe(503);
    expect(statusOf(ask(unknown('closed', 'not_found'), method, isExport))).toBe(403);
  });

  it('leaves writing in a read-only account to an app that sees to it itself', () => {
    const pass = { readOnly: 'pass' } as const;
    expect(ask(known(answerOf('read_only')), 'POST', pass)).toBe('passes');
    expect(statusOf(ask(known(answerOf('suspended')), 'POST', pass))).toBe(402);
  });

  describe('CB-2 a session that was ended', () => {
    const endedAt = '2026-11-24T09:00:00.000Z';
    const reading = known(answerOf('active', [], { sessionsEndedAt: endedAt }));
    const over = { status: 401, reason: 'session_ended' };

    it.each([
      ['a second before', Date.parse(endedAt) - 1_000, over],
      ['at the very instant', Date.parse(endedAt), over],
      ['after it', Date.parse(endedAt) + 1, 'passes'],
      ['at a time that the app does not know', null, 'passes'],
    ] as const)('is refused when it was issued up to then: %s', (_, sessionIssuedAt, then) => {
      expect(ask(reading, 'GET', { sessionIssuedAt })).toEqual(then);
    });

    it('may still pay and sign out', () => {
      expect(ask(reading, 'POST', { sessionIssuedAt: 0, isOpenPath: true })).toBe('passes');
    });
  });
});
