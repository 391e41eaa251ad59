import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alerts, cases, eventIds, inbox, intakeWatch } from '../../src/db/schema.js';
import { readSituation } from '../../src/db/queries/situation.js';
import type { CaseFile } from '../../src/domain/case-file.js';
import { createApp } from '../../src/http/app.js';
import { metricsOf } from '../../src/wiring-intake.js';
import { anIntake } from '../support/intake.js';
import { seriesIn } from '../support/metrics.js';
import { newAccount, startDatabase, type TestDatabase } from '../support/stack-database.js';
import { signatureOf, stripeEvent } from '../support/stack-events.js';

const secret = 'whsec_of_the_test';
const token = 'a-token-of-the-tests';
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

let postgres: TestDatabase;

beforeAll(async () => {
  postgres = await startDatabase('metrics');
});
afterAll(() => postgres.end());
beforeEach(async () => {
  const { db } = postgres.database;
  for (const table of [inbox, eventIds, alerts, cases, intakeWatch]) await db.delete(table);
});

/** One process of the api, as far as it is counted: each has read nothing yet. */
function aProcess() {
  const metrics = metricsOf(postgres.database);
  const app = createApp({
    logger,
    intake: anIntake(postgres.database.db, [secret], { meter: metrics.intake }),
    metrics: { token, render: metrics.render },
    checks: {},
  });
  const scrape = () => app.request('/metrics', { headers: { authorization: `Bearer ${token}` } });
  return {
    metrics,
    scrape,
    async series() {
      const answer = await scrape();
      expect(answer.status).toBe(200);
      return seriesIn(await answer.text());
    },
    async post(event: unknown, signedWith = secret) {
      const body = JSON.stringify(event);
      const headers = { 'stripe-signature': signatureOf(body, signedWith) };
      return (await app.request('/webhooks/stripe', { method: 'POST', body, headers })).status;
    },
  };
}

const events = (type: string, outcome: string) =>
  `forbear_intake_events_total{type="${type}",outcome="${outcome}"}`;

describe('what came in', () => {
  it('is counted by type and outcome, and by the secret', async () => {
    const { post, series } = aProcess();
    const event = stripeEvent({ type: 'invoice.paid' });
    expect(await post(event)).toBe(200);
    expect(await post(event)).toBe(200);
    expect(await post(stripeEvent({ type: 'invoice.paid', livemode: true }))).toBe(200);
    expect(await post(stripeEvent({ type: 'nobody.knows' }))).toBe(200);
    const seen = await series();
    expect(seen.get(events('invoice.paid', 'new'))).toBe(1);
    expect(seen.get(events('invoice.paid', 'duplicate'))).toBe(1);
    expect(seen.get(events('invoice.paid', 'ignored'))).toBe(1);
    expect(seen.get(events('other', 'new'))).toBe(1);
    expect([...seen].filter(([name]) => name.startsWith('forbear_intake_signed_total'))).toEqual([
      [expect.stringMatching(/\{secret="[0-9a-f]{8}"\}$/), 4],
    ]);
    expect(seen.get('forbear_intake_acknowledge_seconds_count')).toBe(4);
  });

  it('and was refused is counted by reason, and acknowledged nowhere', async () => {
    const { post, series } = aProcess();
    expect(await post(stripeEvent(), 'whsec_of_somebody_else')).toBe(400);
    expect(await post('x'.repeat(600_000))).toBe(413);
    const seen = await series();
    expect(seen.get('forbear_intake_refused_total{reason="signature_mismatch"}')).toBe(1);
    expect(seen.get('forbear_intake_refused_total{reason="too_large"}')).toBe(1);
    expect(seen.get('forbear_intake_refused_total{reason="cut_off"}')).toBe(0);
    expect(seen.get('forbear_intake_acknowledge_seconds_count')).toBe(0);
  });
});

describe('what Postgres knows', () => {
  it('is what waits by type, and how long the oldest has', async () => {
    const { post, series } = aProcess();
    await post(stripeEvent({ type: 'invoice.paid' }));
    const { db } = postgres.database;
    await db.update(inbox).set({ receivedAt: sql`now() - interval '90 seconds'` });
    await post(stripeEvent({ type: 'invoice.paid' }));
    await post(stripeEvent({ type: 'customer.updated' }));
    // Of the other mode: kept, and waiting for nothing.
    await post(stripeEvent({ type: 'customer.updated', livemode: true }));
    const seen = await series();
    expect(seen.get('forbear_postgres_up')).toBe(1);
    expect(seen.get('forbear_inbox_pending{type="invoice.paid"}')).toBe(2);
    expect(seen.get('forbear_inbox_pending{type="customer.updated"}')).toBe(1);
    expect(seen.get('forbear_inbox_pending{type="invoice.overdue"}')).toBe(0);
    const oldest = (type: string) => seen.get(`forbear_inbox_oldest_pending_seconds{type="${type}"}`);
    expect(oldest('invoice.paid')).toBeGreaterThanOrEqual(90);
    expect(oldest('invoice.paid')).toBeLessThan(120);
    expect(oldest('customer.updated')).toBeLessThan(30);
    expect(oldest('invoice.overdue')).toBe(0);
  });

  it('is what is dead, whom nobody knows, which alerts are open, and how far cases are', async () => {
    const { database } = postgres;
    const { db } = database;
    const { post, series } = aProcess();
    const invoice = { id: 'in_1', object: 'invoice', customer: 'cus_1', parent: null };
    for (let n = 0; n < 3; n += 1) await post(stripeEvent({ object: invoice }));
    await post(stripeEvent());
    await db.update(inbox).set({ state: 'unmatched' });
    await post(stripeEvent());
    await db
      .update(inbox)
      .set({ state: 'dead' })
      .where(sql`state = 'pending'`);
    const now = new Date();
    const alert = { severity: 'page', title: '', text: '', remedy: '', since: now, seenAt: now } as const;
    await db.insert(alerts).values([
      { ...alert, key: 'wrong_secret' },
      { ...alert, key: 'endpoint_disabled', resolvedAt: now },
    ]);
    await db.insert(cases).values([
      { ...aCase, account: await newAccount(database), id: crypto.randomUUID() },
      { ...aCase, account: await newAccount(database), id: crypto.randomUUID(), closedAt: now },
    ]);
    const seen = await series();
    expect(seen.get('forbear_inbox_dead')).toBe(1);
    expect(seen.get('forbear_inbox_unmatched_customers')).toBe(2);
    expect(seen.get('forbear_alerts_open{severity="page"}')).toBe(1);
    expect(seen.get('forbear_alerts_open{severity="warning"}')).toBe(0);
    expect(seen.get('forbear_cases_open{stage="paused"}')).toBe(1);
    expect(seen.get('forbear_cases_open{stage="limited"}')).toBe(0);
  });

  it('is when the watch last saw, once it ever did', async () => {
    const ages = (seen: Map<string, number>) =>
      ['round', 'sighted'].map((what) => seen.get(`forbear_watch_${what}_age_seconds`));
    expect(ages(await aProcess().series())).toEqual([undefined, undefined]);
    await postgres.database.db.insert(intakeWatch).values({ roundAt: sql`now() - interval '5 minutes'` });
    const [round, sighted] = ages(await aProcess().series());
    expect(sighted).toBeUndefined();
    expect(round).toBeGreaterThanOrEqual(300);
    expect(round).toBeLessThan(330);
  });
});

describe('while Postgres hangs', () => {
  it('nobody waits for it longer than told, and neither does Postgres itself', async () => {
    const { db } = postgres.database;
    const { scrape } = aProcess();
    await db.transaction(async (tx) => {
      await tx.execute(sql`lock table inbox in access exclusive mode`);
      await expect(readSituation(db, 50)).rejects.toMatchObject({ cause: { code: '57014' } });
      const began = Date.now();
      const texts = await Promise.all([scrape(), scrape()].map(async (answer) => (await answer).text()));
      expect(texts.map((text) => seriesIn(text).get('forbear_postgres_up'))).toEqual([0, 0]);
      expect(Date.now() - began).toBeLessThan(3_000);
    });
    expect(await readSituation(db, 1_000)).toMatchObject({ pending: [] });
  });
});

describe('while Postgres is down', () => {
  it('the answer is 200, with what the process counts itself', async () => {
    const { post, series } = aProcess();
    await postgres.server.down();
    try {
      expect(await post(stripeEvent())).toBe(503);
      const began = Date.now();
      const seen = await series();
      expect(Date.now() - began).toBeLessThan(3_000);
      expect(seen.get('forbear_postgres_up')).toBe(0);
      expect(seen.get('forbear_intake_turned_away_total{why="not_stored"}')).toBe(1);
      expect([...seen.keys()].filter((name) => name.startsWith('forbear_inbox'))).toEqual([]);
    } finally {
      await postgres.server.up();
    }
    expect((await aProcess().series()).get('forbear_postgres_up')).toBe(1);
  });
});

const aCase = {
  stage: 'paused',
  owed: [],
  openedAt: new Date(),
  file: {} as CaseFile,
} as const;
