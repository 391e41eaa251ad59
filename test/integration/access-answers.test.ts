import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessAnswer } from '../../src/app/contract.js';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { access, accounts } from '../../src/db/schema.js';
import type { CaseFile, Exemption } from '../../src/domain/case-file.js';
import { accessLevels, allowedUnder, type Access, type Restriction } from '../../src/domain/restrictions.js';
import { HOUR_MS } from '../../src/domain/time.js';
import type { NextStep } from '../../src/domain/timetable.js';
import { accessAnswer } from '../../src/http/routes/shapes.js';
import { anAccount, publicUrl, startApiSide, type ApiSide, type Known } from '../support/access-api.js';
import { newCaseId } from '../support/claims-case.js';
import { day, limitedCase, openCase, remindedCase } from '../support/facts.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let side: ApiSide;

beforeAll(async () => {
  stack = await startDatabase('access-answers');
  side = await startApiSide(stack);
});
afterAll(async () => {
  await side.stop();
  await stack.end();
});

const db = () => stack.database.db;
const isoOf = (at: number) => new Date(at).toISOString();

const restrictionOf = (changes: Partial<Restriction> = {}): Restriction => ({
  reason: 'nonpayment',
  access: 'suspended',
  owner: 'forbear',
  evidence: 'in_1 is unpaid',
  since: day(10),
  ...changes,
});

async function restrict({ id }: Known, level: Access, restrictions: readonly Restriction[]): Promise<void> {
  await db().insert(access).values({ account: id, access: level, restrictions });
}

async function exempt({ id }: Known, exemption: Exemption): Promise<void> {
  await db().insert(access).values({ account: id, exemption });
}

async function inCase({ id }: Known, file: CaseFile, next: NextStep | null, changes: Partial<CaseFile> = {}) {
  await createPostgresCases(db()).save({ ...file, id: newCaseId(), account: id, ...changes }, next, day(1));
}

/** The answer, held to the contract whatever it says. */
async function said(id: string): Promise<AccessAnswer> {
  const { status, body } = await side.access(id);
  expect(status).toBe(200);
  expect(accessAnswer.strict().parse(body)).toEqual(body);
  return body;
}

describe('an account to which nothing ever happened', () => {
  it('has everything, owes nothing and expects nothing', async () => {
    const { id, ref } = await anAccount(stack);
    expect(await said(id)).toEqual({
      account: { id, ref },
      version: expect.any(String) as string,
      access: 'active',
      billingStatus: 'current',
      reasons: [],
      allowed: { read: true, write: true, grow: true, run: true, export: true },
      plan: null,
      nextStep: null,
      sessionsEndedAt: null,
      payUrl: null,
    });
  });

  it('is found by our id however it is written, by its ref with and without the mark, and by its customer', async () => {
    const { id, ref, customer } = await anAccount(stack);
    const [first, ...others] = await Promise.all(
      [id, id.toUpperCase(), ref, `ref:${ref}`, customer].map((word) => said(word)),
    );
    others.forEach((other) => expect(other).toEqual(first));
  });

  it.each(['eu/acme & sons', 'ref:ref:x', 'Zoë 100%', 'a:b', 'cus_', "o'neill; --"])(
    'is found by the ref %s',
    async (ref) => {
      const { id } = await anAccount(stack, ref);
      expect((await said(`ref:${ref}`)).account).toEqual({ id, ref });
    },
  );

  it('is found by a ref that looks like an id of ours or a customer only where that is said', async () => {
    const other = await anAccount(stack);
    const [byUuid, byCustomer] = [
      await anAccount(stack, crypto.randomUUID()),
      await anAccount(stack, 'cus_own'),
    ];
    for (const { ref, id } of [byUuid, byCustomer]) {
      expect((await said(`ref:${ref}`)).account.id).toBe(id);
      expect((await side.access(ref)).status).toBe(404);
    }
    const thief = await anAccount(stack, other.customer);
    expect((await said(other.customer)).account.id).toBe(other.id);
    expect((await said(`ref:${other.customer}`)).account.id).toBe(thief.id);
  });
});

describe('access', () => {
  it.each(accessLevels)('is told when it is %s, with what that allows', async (level) => {
    const known = await anAccount(stack);
    await restrict(known, level, level === 'active' ? [] : [restrictionOf({ access: level })]);
    const answer = await said(known.id);
    expect(answer).toMatchObject({ access: level, reasons: level === 'active' ? [] : ['nonpayment'] });
    expect(answer.allowed).toEqual(allowedUnder(level));
  });

  it('names every reason once, in the same order always', async () => {
    const known = await anAccount(stack);
    const reasons = ['manual', 'ended', 'nonpayment'] as const;
    await restrict(
      known,
      'suspended',
      reasons.map((reason) => restrictionOf({ reason })),
    );
    expect((await said(known.id)).reasons).toEqual(['nonpayment', 'ended', 'manual']);
  });

  it('is given back when a restriction ends by itself, also while an answer is kept', async () => {
    const known = await anAccount(stack);
    const manual = restrictionOf({ reason: 'manual', until: Date.now() + HOUR_MS });
    await restrict(known, 'suspended', [manual, restrictionOf({ access: 'read_only' })]);
    const before = await said(known.id);
    expect(before).toMatchObject({ access: 'suspended', reasons: ['nonpayment', 'manual'] });
    const later = await startApiSide(stack);
    await later.access(known.id);
    later.wait(HOUR_MS);
    const { body } = await later.access(known.id);
    await later.stop();
    expect(body).toMatchObject({ access: 'read_only', reasons: ['nonpayment'] });
    expect(body.version).not.toBe(before.version);
  });

  it('is disputed while a dispute stands, whatever is owed', async () => {
    const known = await anAccount(stack);
    await restrict(known, 'suspended', [restrictionOf({ reason: 'dispute' })]);
    expect(await said(known.id)).toMatchObject({ billingStatus: 'disputed', payUrl: null });
  });
});

describe('the plan', () => {
  it('is the one that access is worth while no subscription says more', async () => {
    const known = await anAccount(stack);
    await db()
      .insert(access)
      .values({ account: known.id, fallback: { plan: 'free', limits: { seats: 1, projects: 3 } } });
    const answer = await said(known.id);
    expect(answer.plan).toEqual({ name: 'free', limits: { seats: 1, projects: 3 } });
    expect(answer.access).toBe('active');
  });

  it('is part of the version', async () => {
    const known = await anAccount(stack);
    const versions = [];
    for (const limits of [{ seats: 1 }, { seats: 2 }, {}]) {
      const fallback = { plan: 'free', limits };
      await db()
        .insert(access)
        .values({ account: known.id, fallback })
        .onConflictDoUpdate({ target: access.account, set: { fallback } });
      const fresh = await startApiSide(stack);
      versions.push((await fresh.access(known.id)).body.version);
      await fresh.stop();
    }
    expect(new Set(versions).size).toBe(3);
  });
});

describe('the next step', () => {
  it('is the one that the mails name, on their date, whatever the case plans before it', async () => {
    const known = await anAccount(stack);
    const file = remindedCase(1);
    await inCase(known, file, { step: 'remind', at: day(4) });
    const [told] = file.told;
    expect(told).toBeDefined();
    expect((await said(known.id)).nextStep).toEqual({ step: 'pause', at: isoOf(told!.at) });
  });

  it('keeps to the date of the mails when the plan has moved', async () => {
    const known = await anAccount(stack);
    const file = limitedCase();
    await inCase(known, file, { step: 'pause', at: day(13) });
    expect((await said(known.id)).nextStep).toEqual({ step: 'pause', at: isoOf(day(12)) });
  });

  it.each([
    ['remind', 'remind'],
    ['final', 'remind'],
    ['limit', 'limit'],
    ['pause', 'pause'],
    ['decommission', 'decommission'],
  ] as const)('is the planned %s as long as no mail has named a date', async (step, shown) => {
    const known = await anAccount(stack);
    await inCase(known, openCase(), { step, at: day(4) });
    expect((await said(known.id)).nextStep).toEqual({ step: shown, at: isoOf(day(4)) });
  });

  it('is none while an exemption lasts', async () => {
    const known = await anAccount(stack);
    await inCase(known, remindedCase(1), { step: 'remind', at: day(4) });
    await exempt(known, { until: Date.now() + HOUR_MS, by: 'ada', reason: 'legal hold' });
    expect((await said(known.id)).nextStep).toBeNull();
  });

  it('is there again once an exemption has ended', async () => {
    const known = await anAccount(stack);
    await inCase(known, remindedCase(1), { step: 'remind', at: day(4) });
    await exempt(known, { until: Date.now() - 1, by: 'ada', reason: 'legal hold' });
    expect((await said(known.id)).nextStep).not.toBeNull();
  });

  it.each(['payment_in_flight', 'instalments_agreed', 'credit_covers_debt'] as const)(
    'is none while the clock stands still: %s',
    async (reason) => {
      const known = await anAccount(stack);
      const hold = { of: null, reason, since: day(2), until: day(3), tries: 1 };
      await inCase(known, remindedCase(1), { step: 'remind', at: day(4) }, { hold });
      expect((await said(known.id)).nextStep).toBeNull();
    },
  );

  it('is none in a case that is closed', async () => {
    const known = await anAccount(stack);
    await inCase(known, remindedCase(1), null, { closedAt: day(5), owed: [], stage: 'recovered' });
    expect(await said(known.id)).toMatchObject({ nextStep: null, billingStatus: 'current', payUrl: null });
  });
});

describe('the link to pay', () => {
  it('is there while something is owed, and is the same every time', async () => {
    const known = await anAccount(stack);
    await inCase(known, openCase(), { step: 'remind', at: day(4) });
    const { payUrl, billingStatus } = await said(known.id);
    expect(billingStatus).toBe('past_due');
    expect(payUrl).toMatch(new RegExp(`^${publicUrl}/pay/[\\w-]{64}$`));
    const again = await startApiSide(stack);
    expect((await again.access(known.id)).body.payUrl).toBe(payUrl);
    await again.stop();
  });

  it('is none where links are not set up', async () => {
    const known = await anAccount(stack);
    await inCase(known, openCase(), { step: 'remind', at: day(4) });
    const bare = await startApiSide(stack, { env: { FORBEAR_LINK_SECRET: '', FORBEAR_PUBLIC_URL: '' } });
    expect((await bare.access(known.id)).body).toMatchObject({ billingStatus: 'past_due', payUrl: null });
    expect((await bare.fetch('/pay/anything')).status).toBe(404);
    await bare.stop();
  });
});

describe('the version', () => {
  it('is the ETag, answers 304 to who has it, and another when anything has changed', async () => {
    const known = await anAccount(stack);
    const { body, headers } = await side.access(known.id);
    const etag = headers.get('etag') ?? '';
    expect(etag).toBe(`"${body.version}"`);
    expect(headers.get('cache-control')).toBe('private, max-age=0, must-revalidate');
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await side.access(known.id, { 'if-none-match': given });
      expect(again).toMatchObject({ status: 304, body: null });
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('cache-control')).toBe(headers.get('cache-control'));
    }
    await db()
      .update(accounts)
      .set({ ref: `${known.ref}-new` })
      .where(eq(accounts.id, known.id));
    const other = await startApiSide(stack);
    const changed = await other.access(known.id, { 'if-none-match': etag });
    await other.stop();
    expect(changed).toMatchObject({ status: 200, body: { account: { ref: `${known.ref}-new` } } });
  });

  it('is the same from every process', async () => {
    const known = await anAccount(stack);
    const other = await startApiSide(stack);
    expect((await other.access(known.ref)).body).toEqual(await said(known.id));
    await other.stop();
  });
});
