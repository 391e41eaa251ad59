import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseCommand } from '../../src/cli/case.js';
import { accountContacts, accounts, auditLog } from '../../src/db/schema.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import { createKey } from '../../src/db/queries/keys.js';
import { asCustomerId } from '../../src/domain/ids.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { forbear, forbearHere } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { untilCase, untilStage, type Life } from '../support/lives.js';
import { allMarkers, foundIn, markersOf, orderWords, people, secrets } from '../support/markers.js';
import { startPrivacyWorld, type PrivacyWorld } from '../support/privacy-world.js';

const policy = `name: private
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 40s
  lead: 1s
dwell: 1s
recheck: 2s
holdRetry: 2s
longestExtension: 60d
contact: help@forbear.test
`;

let world: PrivacyWorld;
let life: Life;
/** What the api has answered to whoever asked wrongly. */
const answers: string[] = [];

beforeAll(async () => {
  world = await startPrivacyWorld(policy);
});
afterAll(async () => {
  await world?.stop();
});

/** An account with a marker in everything that is known of it here and at Stripe. */
async function settleIn(): Promise<Life> {
  const { stripe, db, platform } = world.ways;
  const { id: customer } = await stripe.customers.create({
    name: people.stripeName,
    email: people.stripeEmail,
    phone: people.stripePhone,
    description: people.stripeDescription,
    address: {
      line1: people.street,
      line2: people.flat,
      city: people.city,
      postal_code: people.postalCode,
      state: people.state,
      country: 'DE',
    },
    metadata: { card: people.card, lastFour: people.lastFour, tax: people.taxNumber },
  });
  const customers = [asCustomerId(customer)];
  const contacts = [people.billingEmail, people.refusedEmail];
  const { accountRef: ref, accountName: name } = people;
  const { id } = await addAccount(db, { ref, name, contacts, customers });
  const named = [
    [people.billingEmail, people.billingName],
    [people.refusedEmail, people.refusedName],
  ] as const;
  for (const [email, person] of named)
    await db
      .update(accountContacts)
      .set({ name: person })
      .where(and(eq(accountContacts.account, id), eq(accountContacts.email, email)));
  await db.insert(accountContacts).values([
    { account: id, role: 'owner', email: people.ownerEmail, name: people.ownerName },
    { account: id, role: 'technical', email: people.technicalEmail, name: people.technicalName },
  ]);
  await platform.create(ref, 'web', 2);
  return { ref, id, customer, email: people.billingEmail, name };
}

async function sendInvoice({ customer }: Life): Promise<string> {
  const { stripe } = world.ways;
  const product = await stripe.products.create({ name: people.product });
  expect(product.name).toBe(people.product);
  const invoice = await stripe.invoices.create({
    customer,
    collection_method: 'send_invoice',
    due_date: Math.floor(Date.now() / 1_000) + 1,
    description: people.invoiceDescription,
    metadata: { note: people.invoiceMetadata },
  });
  const item = { customer, invoice: invoice.id ?? '', amount: 4_900, currency: 'usd' };
  await stripe.invoiceItems.create({ ...item, description: people.invoiceItem });
  await stripe.invoices.sendInvoice(invoice.id ?? '');
  return invoice.id ?? '';
}

/** Gives an order by the command; resolves to its exit code, and to what it said where it was not taken. */
async function order(...args: string[]): Promise<readonly [number | null, string]> {
  const { code, err } = await forbearHere(caseCommand(), ['case', ...args], world.settings);
  return [code, err];
}
const taken = [0, ''] as const;

/** Asks the api, and keeps what it says when it refuses. */
async function ask(path: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${world.url}${path}`, init);
  const text = await response.text();
  if (!response.ok) answers.push(`${path.split('/')[1]}: ${JSON.stringify([...response.headers])} ${text}`);
  return response.status;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const json = (body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** Everything that can be asked wrongly, with a marker in it. */
async function askWrongly(key: string): Promise<void> {
  const forged = {
    id: 'evt_forged',
    type: 'invoice.payment_failed',
    data: { object: { customer_email: people.forgedEmail, customer_name: people.forgedName } },
  };
  const signed = { 'stripe-signature': `t=1,v1=${secrets.queryToken}` };
  const statuses = [
    await ask('/webhooks/stripe', json(forged, signed)),
    await ask(`/v1/accounts/ref:${people.forgedEmail}/access?token=${secrets.queryToken}`, {
      headers: bearer(key),
    }),
    await ask(`/v1/accounts/${people.accountRef}`, { headers: bearer(secrets.wrongKey) }),
    await ask('/v1/accounts?cursor=' + secrets.queryToken, { headers: bearer(key) }),
    await ask('/metrics', { headers: bearer(secrets.wrongMetricsToken) }),
    await ask(`/pay/${secrets.payToken}`),
    await ask(`/approvals/${secrets.approvalToken}`),
    await ask('/codec/decode', json({ payloads: people.forgedName }, bearer(key))),
    await ask(
      '/codec/decode',
      json({ payloads: [] }, { cookie: `forbear_codec_key=${secrets.sessionCookie}` }),
    ),
    await ask(`/nothing/${people.forgedEmail}?token=${secrets.queryToken}`),
  ];
  expect(statuses.every((status) => status >= 400)).toBe(true);
}

/** The database has lost a column for a moment: everybody who asks for it fails in a way that nobody foresaw. */
async function loseAColumn(key: string): Promise<void> {
  const { db } = world.ways;
  await db.execute(sql`alter table accounts rename column name to name_`);
  const id = workflowIdOf(life.id);
  const { workflow } = world.ways.temporal;
  await workflow.getHandle(id).signal('paymentFailed', []);
  expect(await ask(`/v1/accounts/ref:${people.accountRef}`, { headers: bearer(key) })).toBeGreaterThanOrEqual(
    500,
  );
  expect(await ask(`/v1/accounts?limit=1`, { headers: bearer(key) })).toBeGreaterThanOrEqual(500);
  await eventually('an activity has failed', () =>
    world.logs().includes('an activity failed in an unforeseen way'),
  );
  await db.execute(sql`alter table accounts rename column name_ to name`);
}

// A whole life, with several patiences in it.
const patienceMs = 600_000;

describe('secrets and personal data', () => {
  it(
    'keeps 50 planted markers out of logs, Temporal and audit',
    async () => {
      expect(allMarkers.length).toBeGreaterThanOrEqual(50);
      expect(new Set(allMarkers.map(({ text }) => text)).size).toBe(allMarkers.length);
      const { ways, platform } = world;
      const scopes = ['access:read', 'accounts:read', 'codec'] as const;
      const { key } = await createKey(ways.db, { name: 'test', scopes, mode: 'live', expiresAt: null });
      life = await settleIn();
      platform.be('broken');
      const invoice = await sendInvoice(life);
      const reminded = await untilStage(ways, life, 'reminded');
      expect(reminded.file.told.length).toBeGreaterThan(0);
      const why = (reason: string, by: string) => ['--reason', reason, '--by', by];
      const { extendReason, extendBy, liftReason, liftBy, restrictReason, restrictBy } = orderWords;
      expect(await order('extend', life.ref, '--days', '0.0001', ...why(extendReason, extendBy))).toEqual(
        taken,
      );
      const refused = ['--days', '90', ...why(orderWords.refusedReason, orderWords.refusedBy)];
      expect((await order('extend', life.ref, ...refused))[0]).toBe(4);
      await askWrongly(key);
      await eventually('the platform was broken', () => platform.refused() >= 1, 120_000);
      platform.be('refusing');
      const before = platform.refused();
      await eventually('the platform has refused', () => platform.refused() > before, 120_000);
      platform.be('open');
      await untilStage(ways, life, 'paused', 120_000);
      await loseAColumn(key);
      const restrict = ['--access', 'read_only', ...why(restrictReason, restrictBy)];
      expect(await order('restrict', life.ref, ...restrict)).toEqual(taken);
      const { unliftReason, unliftBy, promiseReason } = orderWords;
      const unlift = ['--restriction', 'manual', ...why(unliftReason, unliftBy)];
      expect(await order('lift', life.ref, ...unlift)).toEqual(taken);
      const lift = ['--restriction', 'nonpayment', ...why(liftReason, liftBy)];
      expect(await order('lift', life.ref, ...lift)).toEqual(taken);
      const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
      const promise = ['--pay', `${day}=49.00`, ...why(promiseReason, 'Pia')];
      expect(await order('promise', life.ref, ...promise)).toEqual(taken);
      const isBack = async () => (await ways.platform.instances(life.ref)).every(({ size }) => size === 2);
      await eventually('it is given back', isBack, 120_000);
      await ways.stripe.invoices.pay(invoice, { paid_out_of_band: true });
      await untilCase(ways, life, 'is closed', ({ closedAt }) => closedAt !== null, 120_000);

      // Where a marker has to be it is found: the search can tell.
      const kept = JSON.stringify([
        await ways.db.select().from(accountContacts),
        await ways.db.select().from(accounts),
      ]);
      const own = [
        'accountName',
        'billingEmail',
        'billingName',
        'refusedEmail',
        'ownerEmail',
        'technicalName',
      ];
      expect(foundIn(kept)).toEqual(expect.arrayContaining(own));
      expect(foundIn(JSON.stringify(world.mails.all()))).toEqual(
        expect.arrayContaining(['billingEmail', 'accountName']),
      );

      const logs = world.logs();
      expect(logs).toContain('an activity failed in an unforeseen way');
      expect(foundIn(logs)).toEqual([]);
      expect(answers.length).toBeGreaterThanOrEqual(12);
      expect(foundIn(answers.join('\n'))).toEqual([]);
      const audit = JSON.stringify(await ways.db.select().from(auditLog));
      expect(audit).toContain('/pause/');
      const inAudit = allMarkers.filter(
        ({ place }) => !markersOf(orderWords).some((one) => one.place === place),
      );
      expect(foundIn(audit, inAudit)).toEqual([]);
      expect(foundIn(world.temporalFiles())).toEqual([]);
      expect(foundIn(await historiesOf(workflowIdOf(life.id)))).toEqual([]);

      // What is sent without the codec is there to be found, so it was the codec that kept the rest out.
      const plain = { place: 'plain', text: `mrk999q${'0'.repeat(8)}` };
      await ways.temporal.workflow.start('delinquentAccount', {
        workflowId: 'account/plain',
        taskQueue: 'nobody',
        args: [plain.text],
      });
      expect(foundIn(world.temporalFiles(), [plain])).toEqual(['plain']);
      expect(foundIn(await historiesOf('account/plain'), [plain])).toEqual(['plain']);
    },
    patienceMs,
  );

  it('shows none of them in what a command says when it fails', async () => {
    const url = `postgres://forbear:${secrets.databasePassword}@127.0.0.1:9/forbear`;
    const runs = await Promise.all([
      forbear(['case', 'list'], { ...world.settings, DATABASE_URL: url }),
      forbear(['case', 'list'], { ...world.settings, DATABASE_URL: secrets.databasePassword }),
      forbear(['worker'], { ...world.settings, FORBEAR_CODEC_KEYS: `${secrets.codecKey}:new` }),
      forbear(['serve'], { ...world.settings, FORBEAR_CODEC_KEYS: '', SMTP_URL: secrets.smtpPassword }),
    ]);
    for (const { code, out, err } of runs) {
      expect(code).toBeGreaterThan(0);
      expect(err).not.toBe('');
      expect(foundIn(out + err)).toEqual([]);
    }
  });
});

/** Every run's history, and what is said of each at a glance, as Temporal gives them away: nothing decoded, bytes in base64. */
async function historiesOf(workflowId: string): Promise<string> {
  const { workflowService } = world.ways.temporal;
  const namespace = 'default';
  const query = `WorkflowId = '${workflowId}'`;
  const listed = await eventually('its runs are listed', async () => {
    const { executions } = await workflowService.listWorkflowExecutions({ namespace, query });
    return executions.length > 0 ? executions : null;
  });
  const read = listed.map(async ({ execution = null }) => [
    await workflowService.describeWorkflowExecution({ namespace, execution }),
    await workflowService.getWorkflowExecutionHistory({ namespace, execution }),
  ]);
  return JSON.stringify([listed, await Promise.all(read)]);
}
