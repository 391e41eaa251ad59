import { expect, it } from 'vitest';
import type { CaseFile } from '../../src/domain/case-file.js';
import type { AccountId } from '../../src/domain/ids.js';
import type { Cases } from '../../src/ports/cases.js';
import { newCaseId } from './claims-case.js';
import { agreementOf, day, openCase } from './facts.js';

export type CasesWorld = {
  readonly cases: Cases;
  newAccount(): Promise<AccountId>;
  billingStatus(account: AccountId): Promise<string>;
};

const next = { step: 'pause', at: day(10) } as const;

/** What every implementation of `Cases` holds to. */
export function casesKeepTheirWord(open: () => CasesWorld): void {
  async function anAccount() {
    const world = open();
    const account = await world.newAccount();
    const file = (changes: Partial<CaseFile> = {}) =>
      openCase({ id: newCaseId(), account, stage: 'watching', ...changes });
    const status = () => world.billingStatus(account);
    return { ...world, account, file, status };
  }
  const closing = { closedAt: day(3), stage: 'recovered', owed: [] } as const;

  it('finds the open case as it was saved last, and none once it is closed', async () => {
    const { cases, account, file, status } = await anAccount();
    const first = file();
    expect(await cases.open(account)).toBeNull();
    await cases.save(first, next, day(1));
    const reminded = { ...first, stage: 'reminded' as const };
    await cases.save(reminded, next, day(2));
    expect(await cases.open(account)).toEqual(reminded);
    expect(await status()).toBe('past_due');
    await cases.save({ ...first, ...closing }, null, day(3));
    expect(await cases.open(account)).toBeNull();
    expect(await status()).toBe('current');
  });

  it('keeps nothing of a case in which nothing was found yet', async () => {
    const { cases, account, file, status } = await anAccount();
    await cases.save(file({ openedAt: null }), null, day(1));
    expect(await cases.open(account)).toBeNull();
    expect(await status()).toBe('current');
  });

  it('lets a save that comes late change nothing, and a repeated one the same', async () => {
    const { cases, account, file, status } = await anAccount();
    const first = file();
    const paused = { ...first, stage: 'paused' as const };
    await cases.save(paused, null, day(5));
    await cases.save(paused, null, day(5));
    await cases.save({ ...first, ...closing }, null, day(4));
    expect(await cases.open(account)).toEqual(paused);
    expect(await status()).toBe('past_due');
  });

  it('lets the last save of an earlier case, repeated late, say nothing about the next one', async () => {
    const { cases, account, file, status } = await anAccount();
    const [first, second] = [file(), file()];
    await cases.save(first, next, day(1));
    await cases.save({ ...first, ...closing }, null, day(3));
    await cases.save(second, next, day(4));
    await cases.save({ ...first, ...closing }, null, day(3));
    expect(await cases.open(account)).toEqual(second);
    expect(await status()).toBe('past_due');
  });

  it('knows what was agreed on in the newest case that is closed, and of no other', async () => {
    const { cases, account, file } = await anAccount();
    const [first, second, third] = [file(), file(), file()];
    expect(await cases.lastAgreement(account)).toBeNull();
    const [agreement, later] = [agreementOf(), agreementOf({ id: 'second' })];
    await cases.save({ ...first, agreement }, next, day(1));
    expect(await cases.lastAgreement(account)).toBeNull();
    await cases.save({ ...first, ...closing, agreement }, null, day(3));
    expect(await cases.lastAgreement(account)).toEqual(agreement);
    await cases.save({ ...second, ...closing, closedAt: day(5), agreement: later }, null, day(5));
    expect(await cases.lastAgreement(account)).toEqual(later);
    await cases.save({ ...third, ...closing, closedAt: day(7) }, null, day(7));
    expect(await cases.lastAgreement(account)).toBeNull();
  });

  it('has no two open cases of one account', async () => {
    const { cases, file } = await anAccount();
    await cases.save(file(), next, day(1));
    await expect(cases.save(file(), next, day(2))).rejects.toThrow();
  });
}
