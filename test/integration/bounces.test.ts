import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBounce } from '../../src/adapters/mail/bounces/read.js';
import { createSmtpMailer } from '../../src/adapters/mail/smtp.js';
import { createDeliveryVerifier } from '../../src/adapters/webhooks/verifier.js';
import { accountCommand } from '../../src/cli/account.js';
import { bouncesCommand } from '../../src/cli/bounces.js';
import { createPostgresAccounts } from '../../src/db/queries/accounts.js';
import { noteBounce } from '../../src/db/queries/bounces.js';
import { bounces } from '../../src/db/schema.js';
import { asCaseId, type AccountId } from '../../src/domain/ids.js';
import { noTerms } from '../../src/domain/standing.js';
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.js';
import { tell } from '../../src/guard/tell.js';
import { mailWebhook, type MailWebhookDeps } from '../../src/http/webhooks/mail.js';
import { loadPolicy } from '../../src/policy/load.js';
import { aToldAccount, bounceOf, newNoticeId } from '../support/bounce-world.js';
import { ada, bob, otherSamples } from '../support/bounces.js';
import { forbearHere } from '../support/cli.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let folder: ReturnType<typeof makeTestFolder>;

beforeAll(async () => {
  folder = makeTestFolder('bounces-files');
  stack = await startDatabase('bounces', { withMovableClock: true });
});
afterAll(async () => {
  await stack.end();
  folder.remove();
});

const db = () => stack.database.db;
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(24, 8).toString('base64')}`;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const kept = (messageId: string) =>
  db()
    .select({ recipient: bounces.recipient, status: bounces.status, isPermanent: bounces.isPermanent })
    .from(bounces)
    .where(eq(bounces.messageId, messageId));

/** The way in on this database, and whom it woke. */
function aWayIn(changes: Partial<MailWebhookDeps> = {}) {
  const woken: AccountId[] = [];
  const app = mailWebhook({
    refusalOf: createDeliveryVerifier([secret, other], 5 * MINUTE_MS),
    read: readBounce,
    note: (bounce) => noteBounce(db(), bounce),
    wake: (account) => Promise.resolve(void woken.push(account)),
    logger: silent,
    nowMs: Date.now,
    ...changes,
  });
  async function post(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const response = await app.request('/', {
      method: 'POST',
      body,
      headers: { ...signed(body), ...headers },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  return { post, woken };
}

function signed(body: string | Uint8Array, at = new Date(), by = secret): Record<string, string> {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString();
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(by).sign('msg_1', at, text),
  };
}

describe('POST /webhooks/mail', () => {
  it('P-4 answers 200 once the bounce is committed, and wakes the case of its notice', async () => {
    const { account, messageId } = await aToldAccount(db(), [ada, bob], { open: true });
    const { post, woken } = aWayIn();
    expect(await post(bounceOf(messageId, ada))).toEqual({
      status: 200,
      body: { result: 'bounced', duplicate: false },
    });
    expect(await kept(messageId)).toEqual([{ recipient: ada, status: '5.1.1', isPermanent: true }]);
    expect(woken).toEqual([account]);
  });

  it('P-4 keeps a bounce that comes twice once', async () => {
    const { messageId } = await aToldAccount(db(), [ada]);
    const { post, woken } = aWayIn();
    await post(bounceOf(messageId, ada));
    expect((await post(bounceOf(messageId, ada))).body).toEqual({ result: 'bounced', duplicate: true });
    expect(await kept(messageId)).toHaveLength(1);
    expect(woken, 'a case that is over is not woken').toEqual([]);
  });

  it('P-4 takes a mail in JSON, in base64, and names of whatever case as those that we wrote to', async () => {
    const { messageId } = await aToldAccount(db(), ['Ada@Bücher.example']);
    const raw = Buffer.from(bounceOf(messageId, 'ADA@xn--bcher-kva.example')).toString('base64');
    const { post } = aWayIn();
    const sent = await post(JSON.stringify({ raw }), { 'content-type': 'application/json' });
    expect(sent.status).toBe(200);
    expect(await kept(messageId)).toMatchObject([{ recipient: 'Ada@Bücher.example' }]);
  });

  it('P-4 counts no bounce of a mail that we did not send, nor of a recipient whom we did not send it to', async () => {
    const { messageId } = await aToldAccount(db(), [ada]);
    const { post } = aWayIn();
    expect((await post(bounceOf('<somebody-else@example.com>', ada))).body).toEqual({
      result: 'unknown_message',
    });
    expect((await post(bounceOf(messageId, bob))).body).toEqual({ result: 'unknown_recipient' });
    expect(await kept(messageId)).toEqual([]);
  });

  it.each(Object.entries(otherSamples))('P-4 keeps nothing of %s', async (_, [text]) => {
    const before = await db().$count(bounces);
    expect(await aWayIn().post(text)).toMatchObject({ status: 200, body: { result: 'no_bounce' } });
    expect(await db().$count(bounces)).toBe(before);
  });

  it('P-4 asks for a bounce again that comes before its notice is recorded', async () => {
    expect(await aWayIn().post(bounceOf(newNoticeId(), ada))).toMatchObject({
      status: 503,
      body: { error: 'not_known_yet' },
    });
  });

  it('P-4 never acknowledges what the database did not take', async () => {
    const { messageId } = await aToldAccount(db(), [ada]);
    const { post } = aWayIn({ note: () => Promise.reject(new Error('gone')) });
    expect(await post(bounceOf(messageId, ada))).toMatchObject({
      status: 503,
      body: { error: 'not_stored' },
    });
  });

  it('P-4 asks for it again when its case could not be told, and tells it then', async () => {
    const { messageId, account } = await aToldAccount(db(), [ada], { open: true });
    const { post } = aWayIn({ wake: () => Promise.reject(new Error('gone')) });
    expect(await post(bounceOf(messageId, ada))).toMatchObject({ status: 503, body: { error: 'not_told' } });
    const { post: postAgain, woken } = aWayIn();
    expect(await postAgain(bounceOf(messageId, ada))).toMatchObject({
      status: 200,
      body: { duplicate: true },
    });
    expect(woken).toEqual([account]);
  });

  it.each([
    ['unsigned', { 'webhook-signature': '' }],
    ['without its time', { 'webhook-timestamp': '' }],
    ['of another time', signed('x', new Date(Date.now() - 6 * MINUTE_MS))],
    ['of another body', signed('x')],
    ['by a strange secret', { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')} v2,x v1,` }],
  ])('EC-20 refuses a delivery that is %s, and leaves no trace', async (_, headers) => {
    const { messageId } = await aToldAccount(db(), [ada]);
    expect((await aWayIn().post(bounceOf(messageId, ada), headers)).status).toBe(401);
    expect(await kept(messageId)).toEqual([]);
  });

  it('EC-20 takes one signed with the second secret, and refuses bodies that are too large or no JSON', async () => {
    const { messageId } = await aToldAccount(db(), [ada]);
    const { post } = aWayIn();
    const text = bounceOf(messageId, ada);
    expect((await post(text, signed(text, new Date(), other))).status).toBe(200);
    expect((await post('x'.repeat(1_600_000))).status).toBe(413);
    for (const body of ['{', '{"raw":7}', '{"raw":"***"}', 'null'])
      expect((await post(body, { 'content-type': 'application/json' })).status).toBe(400);
  });
});

const settings = () => ({ DATABASE_URL: stack.url });
const account = (...args: string[]) => forbearHere(accountCommand(), ['account', ...args], settings());
const imported = (...args: string[]) =>
  forbearHere(bouncesCommand(), ['bounces', 'import', ...args], settings());

function fileOf(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text, 'latin1');
  return path;
}

describe('forbear bounces import', () => {
  const answer = otherSamples['somebody who is out of office']?.[0] ?? '';

  it('P-4 takes in the bounces of an mbox, and says what it found', async () => {
    const { messageId } = await aToldAccount(db(), [ada]);
    const mails = [
      bounceOf(messageId, ada),
      bounceOf('<other@example.com>', ada),
      bounceOf(messageId, bob),
      answer,
    ];
    const mbox = mails.map((mail) => `From MAILER-DAEMON Mon Nov  2 09:00:00 2026\n${mail}\n`).join('');
    const path = fileOf('export.mbox', mbox.replace('your mail', 'your m\u00e4il'));
    const { code, out } = await imported(path);
    expect(code).toBe(0);
    for (const words of [
      'bounced',
      ada,
      'unknown message',
      'unknown recipient',
      'not a bounce',
      'automatic answer',
    ])
      expect(out).toContain(words);
    expect(out).toContain('1 new bounce was kept.');
    expect(await kept(messageId)).toHaveLength(1);
    const again = await imported(path, '--json');
    const results = again.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { result: string }).result);
    expect(results).toEqual(['known', 'unknown_message', 'unknown_recipient', 'no_bounce']);
  });

  it('P-4 takes in a single mail, and a folder of them', async () => {
    const [one, two] = [await aToldAccount(db(), [ada]), await aToldAccount(db(), [bob])];
    const single = fileOf('single.eml', bounceOf(one.messageId, ada));
    expect((await imported(single)).out).toContain('1 new bounce was kept.');
    mkdirSync(join(folder.path, 'Maildir', 'new'), { recursive: true });
    fileOf('Maildir/new/1.host', bounceOf(two.messageId, bob));
    fileOf('Maildir/new/2.host', answer);
    expect((await imported(join(folder.path, 'Maildir'))).out).toContain('1 new bounce was kept.');
    expect(await kept(two.messageId)).toHaveLength(1);
  });

  it('says when there is no such mailbox, or no mail in it', async () => {
    expect((await imported(join(folder.path, 'nowhere'))).code).toBe(3);
    mkdirSync(join(folder.path, 'empty'));
    expect((await imported(join(folder.path, 'empty'))).out).toContain('No mail is in there.');
  });
});

describe('an account whose contacts bounce', () => {
  const bounce = (messageId: string, ...recipients: string[]) =>
    noteBounce(db(), {
      is: 'bounce',
      messageIds: [messageId],
      failed: recipients.map((name) => ({ names: [name], status: '5.1.1' })),
    });
  const contactsOf = async (id: AccountId) => (await createPostgresAccounts(db()).read(id)).contacts;
  const address = () => `${crypto.randomUUID()}@example.com`;

  it('P-4 is told through its billing contacts, then its owners, then the others, then nobody', async () => {
    const [first, second, owner, desk] = [address(), address(), address(), address()];
    const { ref, account: id, messageId } = await aToldAccount(db(), [first, second, owner, desk]);
    for (const one of [owner, desk]) await account('contact', 'remove', ref, one);
    await account('contact', 'add', ref, owner, '--role', 'owner');
    await account('contact', 'add', ref, desk, '--role', 'technical');
    const told: (readonly string[])[] = [[...(await contactsOf(id))].sort()];
    for (const one of [first, second, owner, desk]) {
      await bounce(messageId, one);
      told.push(await contactsOf(id));
    }
    expect(told).toEqual([[first, second].sort(), [second], [owner], [desk], []]);
    expect((await account('show', ref)).out).toContain(`${owner}, left out: mails bounced`);
  });

  it('P-4 is written to again once a person says that the address is right, until it bounces again', async () => {
    const one = address();
    const { ref, account: id, messageId } = await aToldAccount(db(), [one]);
    await bounce(messageId, one);
    expect(await contactsOf(id)).toEqual([]);
    await account('contact', 'add', ref, one);
    expect(await contactsOf(id)).toEqual([one]);
    await stack.wait(MINUTE_MS);
    const later = await aToldAccount(db(), [one]);
    await bounce(later.messageId, one);
    expect(await contactsOf(id)).toEqual([]);
  });

  it('P-4 is written to again 90 days after the last bounce', async () => {
    const one = address();
    const { account: id, messageId } = await aToldAccount(db(), [one]);
    await bounce(messageId, one);
    await stack.wait(89 * DAY_MS);
    expect(await contactsOf(id)).toEqual([]);
    await stack.wait(2 * DAY_MS);
    expect(await contactsOf(id)).toEqual([one]);
  });

  describe('because their mail server takes nothing for them', () => {
    let server: MailServer;
    beforeEach(async () => {
      server = await startMailServer();
    });
    afterEach(() => server.close());

    /** An account with an address for each role, and one notice about it. */
    async function anAccount() {
      const [billing, owner, desk] = [address(), address(), address()];
      const { ref, account: id } = await aToldAccount(db(), [billing]);
      await account('contact', 'add', ref, owner, '--role', 'owner');
      await account('contact', 'add', ref, desk, '--role', 'technical');
      const accounts = createPostgresAccounts(db());
      const mailer = createSmtpMailer({ url: server.url, from: 'billing@host.example' });
      const key = { account: id, caseId: asCaseId(crypto.randomUUID()), step: 'remind', round: 1 } as const;
      const { policy } = loadPolicy('policies/saas.yaml');
      const post = { accounts, mailer, messageDomain: 'forbear.test' };
      const about = {
        key,
        topic: 'recovered',
        promises: [],
        standing: null,
        policy,
        terms: noTerms,
      } as const;
      const told = async () => tell(post, { ...about, account: await accounts.read(id) });
      return { id, billing, owner, desk, told };
    }

    it('P-4 tells the owner in the same breath, and writes to the first address no more', async () => {
      const { id, billing, owner, told } = await anAccount();
      server.refuse('recipient', 550, billing);
      expect(await told()).toMatchObject({ topic: 'recovered', recipients: [owner] });
      expect(server.received.map(({ to }) => to)).toEqual([[owner]]);
      expect(await contactsOf(id)).toEqual([owner]);
    });

    it('P-4 tells the others when owners are refused as well, and says that it could not when all are', async () => {
      const { id, billing, owner, desk, told } = await anAccount();
      for (const one of [billing, owner]) server.refuse('recipient', 550, one);
      expect(await told()).toMatchObject({ recipients: [desk] });
      server.refuse('recipient', 550, desk);
      await expect(told()).rejects.toMatchObject({ code: 'MAIL_REFUSED' });
      expect(await contactsOf(id)).toEqual([]);
    });

    it('P-4 keeps an address that is only put off, or where the mail itself is refused', async () => {
      const { id, billing, told } = await anAccount();
      server.refuse('recipient', 451, billing);
      await expect(told()).rejects.toMatchObject({ code: 'MAIL_UNAVAILABLE' });
      server.refuse('data', 554);
      await expect(told()).rejects.toMatchObject({ code: expect.stringMatching(/^MAIL_/) as string });
      expect(await contactsOf(id)).toEqual([billing]);
    });
  });
});
