import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inbox } from '../../src/db/schema.js';
import { startIntakeProcess, type IntakeProcess } from '../support/intake-process.js';
import type { SecretText } from '../support/intake.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { signatureOf, stripeEvent } from '../support/stack-events.js';

const older = 'whsec_the_one_before';
const newer = 'whsec_the_one_after';

let stack: TestDatabase;
const apis: (IntakeProcess | undefined)[] = [undefined, undefined];

beforeAll(async () => {
  stack = await startDatabase('intake-rotation');
});
afterAll(async () => {
  for (const api of apis) {
    api?.kill9();
    await api?.gone;
  }
  await stack.end();
});

async function start(index: number, secrets: readonly SecretText[]): Promise<void> {
  apis[index] = await startIntakeProcess({ databaseUrl: stack.url, secrets, port: 0 });
}

/** One process after the other, as a rolling deployment does it; the other one takes what comes meanwhile. */
async function restartAll(secrets: readonly SecretText[]): Promise<void> {
  for (const index of apis.keys()) {
    const api = apis[index];
    apis[index] = undefined;
    api?.kill9();
    await api?.gone;
    await start(index, secrets);
  }
}

/** On a connection of its own: what is kept of one to a process that was killed must not hold up the next delivery. */
function post(url: string, body: string, headers: Record<string, string>) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), reject);
    });
    sent.on('error', reject).end(body);
  });
}

let turn = 0;

/** One delivery as Stripe makes it: signed with each secret that is active on its side, sent again where nobody answers. */
async function deliver(signers: readonly string[]): Promise<{ id: string; status: number; error: string }> {
  const event = stripeEvent();
  const body = JSON.stringify(event);
  for (let tries = 0; tries < 200; tries += 1) {
    turn += 1;
    const api = apis[turn % apis.length];
    const signatures = signers.map((secret) => signatureOf(body, secret));
    const [t] = (signatures[0] ?? '').split(',');
    const header = [t, ...signatures.map((one) => one.split(',')[1])].join(',');
    const headers = { 'stripe-signature': header, 'content-type': 'application/json' };
    const answer = api === undefined ? null : await post(api.webhook, body, headers).catch(() => null);
    if (answer === null) {
      await sleep(10);
      continue;
    }
    const { error = '' } = JSON.parse(answer.text) as { error?: string };
    return { id: event.id, status: answer.status, error };
  }
  throw new Error('nobody answered');
}

type Answered = Awaited<ReturnType<typeof deliver>>;

/** Delivers all the time, several at once, while something is done. */
async function under(signers: () => readonly string[], work: () => Promise<void>): Promise<Answered[]> {
  const answered: Answered[] = [];
  let isOver = false;
  const send = async () => {
    while (!isOver) answered.push(await deliver(signers()));
  };
  const senders = Array.from({ length: 4 }, send);
  await work();
  isOver = true;
  await Promise.all(senders);
  return answered;
}

it('EC-20 a secret is rotated under load, and no valid delivery is refused at any moment of it', async () => {
  await start(0, [older]);
  await start(1, [older]);
  let signers = [older];
  let endsAt = 0;
  const answered = await under(
    () => signers,
    async () => {
      // The new secret is told to the api first; then it is rolled at Stripe, which signs with both until the old one ends.
      await restartAll([older, newer]);
      signers = [newer, older];
      // The old one's end is known now, and passes while deliveries come in.
      endsAt = Date.now() + 6_000;
      await restartAll([{ secret: older, until: endsAt }, newer]);
      await sleep(Math.max(0, endsAt - Date.now()));
      signers = [newer];
      for (let n = 0; n < 20; n += 1) await deliver(signers);
      await restartAll([newer]);
    },
  );
  expect(answered.filter(({ status }) => status !== 200)).toEqual([]);
  expect(answered.length).toBeGreaterThan(50);
  const kept = new Set(
    (await stack.database.db.select({ id: inbox.eventId }).from(inbox)).map(({ id }) => id),
  );
  expect(answered.filter(({ id }) => !kept.has(id))).toEqual([]);
});

it('EC-20 a secret that has ended is refused, by its date as well as when it is no longer set', async () => {
  await restartAll([{ secret: older, until: Date.now() - 1_000 }, newer]);
  expect(await deliver([older])).toMatchObject({ status: 400, error: 'signature_mismatch' });
  expect(await deliver([older, newer])).toMatchObject({ status: 200 });
  await restartAll([newer]);
  expect(await deliver([older])).toMatchObject({ status: 400, error: 'signature_mismatch' });
});
