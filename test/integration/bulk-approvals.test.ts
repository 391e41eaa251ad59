import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalsCommand } from '../../src/cli/approvals.js';
import { readApproversConfig } from '../../src/config-approvers.js';
import { createPostgresBulk } from '../../src/db/queries/bulk.js';
import { readClock } from '../../src/db/queries/ledger.js';
import { startMailCatcher, type MailCatcher } from '../../src/dev/mail-catcher-server.js';
import type { CaughtMail } from '../../src/dev/mail-store.js';
import { HOUR_MS } from '../../src/domain/time.js';
import { askInBulk } from '../../src/guard/ask-bulk.js';
import { createApp } from '../../src/http/app.js';
import { bulkAsking } from '../../src/wiring-bulk.js';
import { bulkKeepsItsWord, bulkSecret, max, zoe, type BulkWorld } from '../support/bulk.js';
import { forbearHere } from '../support/cli.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { makeTestFolder } from '../support/stack-folder.js';

let stack: TestDatabase;
let post: MailCatcher;
const folder = makeTestFolder('bulk-mails');

beforeAll(async () => {
  stack = await startDatabase('bulk', { withMovableClock: true });
  const file = join(folder.path, 'mails.jsonl');
  post = await startMailCatcher({ host: '127.0.0.1', smtpPort: 0, httpPort: 0, file });
});
afterAll(async () => {
  post?.close();
  await stack?.end();
  folder.remove();
});

function postgresWorld(): BulkWorld {
  const { db } = stack.database;
  return {
    under: (rules) => createPostgresBulk(db, { approvers: [], secret: bulkSecret, ...rules }),
    now: async () => (await readClock(db)).getTime(),
    wait: (ms) => stack.wait(ms),
  };
}

describe('bulk approvals on Postgres', () => {
  bulkKeepsItsWord(postgresWorld);

  it('P-8 allow their acts once when twenty want to begin at the same moment', async () => {
    const asking = anAsking([]);
    const { request } = await ask(asking);
    expect(await run(['approve', request.id, '--by', zoe], [])).toMatchObject({ code: 0 });
    const uses = await Promise.all(
      Array.from({ length: 20 }, () => asking.bulk.consume(request.id, { kind: 'freeze', acts })),
    );
    expect(uses.filter(({ status }) => status === 'allowed')).toHaveLength(1);
  });
});

const acts = Array.from({ length: 60 }, (_, index) => `freeze <b>account-${index}</b>`);

const settingsFor = (approvers: readonly string[]) => ({
  DATABASE_URL: stack.url,
  FORBEAR_APPROVERS: approvers.join(','),
  FORBEAR_LINK_SECRET: bulkSecret,
  FORBEAR_PUBLIC_URL: 'https://forbear.example',
  SMTP_URL: post.smtp,
  MAIL_FROM: 'billing@forbear.test',
});

const anAsking = (approvers: readonly string[]) =>
  bulkAsking(readApproversConfig(settingsFor(approvers)), stack.database.db);

async function ask(asking: ReturnType<typeof anAsking>) {
  const expiresAt = (await postgresWorld().now()) + HOUR_MS;
  return askInBulk(asking, { kind: 'freeze', acts, askedBy: zoe, reason: 'a bad deploy', expiresAt });
}

const run = (args: readonly string[], approvers: readonly string[]) =>
  forbearHere(approvalsCommand(), ['approvals', ...args], settingsFor(approvers));

async function mailsAbout(id: string): Promise<CaughtMail[]> {
  const mails = (await (await fetch(post.messages)).json()) as CaughtMail[];
  return mails.filter(({ text }) => text.includes(id));
}

/** The path of the link in the mail to an approver. */
async function linkOf(id: string): Promise<string> {
  const [mail] = await mailsAbout(id);
  return /https:\/\/forbear\.example(\/approvals\/bulk\/\S+)/.exec(mail?.text ?? '')?.[1] ?? '';
}

function open() {
  const { bulk } = anAsking([zoe, max]);
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const deps = { secret: bulkSecret, bulk, logger: silent, nowMs: Date.now };
  const app = createApp({ intake: {} as never, checks: {}, logger: silent, bulk: deps });
  const press = async (path: string, decision?: string) => {
    const body = new URLSearchParams(decision === undefined ? {} : { decision });
    const answer = await app.request(path, { method: 'POST', body });
    return { status: answer.status, text: await answer.text() };
  };
  return { get: (path: string) => app.request(path), press };
}

describe('a request to do many acts', () => {
  it('P-8 goes by mail to everybody but who asks; the link shows it and decides nothing, one press on the page does', async () => {
    const asking = anAsking([zoe, max]);
    const { request, told, untold } = await ask(asking);
    expect([told, untold]).toEqual([[max], []]);
    const mails = await mailsAbout(request.id);
    expect(mails.map(({ to }) => to)).toEqual([[max]]);
    for (const part of ['freeze, 60 acts', 'a bad deploy', zoe, 'account-49', 'and 10 more'])
      expect(mails[0]?.text).toContain(part);
    const [link, { get, press }] = [await linkOf(request.id), open()];
    const page = await (await get(link)).text();
    for (const part of ['freeze', '60', 'a bad deploy', zoe, 'account-49', 'and 10 more', max])
      expect(page).toContain(part);
    expect(page).not.toContain('account-50');
    expect(page).not.toContain('<b>account');
    expect((await asking.bulk.read(request.id))?.decision).toBeNull();
    expect((await press(link)).status).toBe(400);
    expect(await press(link, 'approve')).toMatchObject({
      status: 200,
      text: expect.stringContaining('You approved') as string,
    });
    expect((await press(link, 'reject')).status).toBe(410);
    expect((await get(link)).status).toBe(410);
    const allowed = await asking.bulk.consume(request.id, { kind: 'freeze', acts });
    expect(allowed).toMatchObject({ status: 'allowed', request: { decision: { by: max, alone: false } } });
  });

  it('P-8 opens by no link that was not signed here, nor by one that has expired', async () => {
    const { request } = await ask(anAsking([zoe, max]));
    const link = await linkOf(request.id);
    const { get, press } = open();
    for (const path of [`${link}x`, '/approvals/bulk/forged'])
      for (const answer of [await get(path), await press(path, 'approve')]) expect(answer.status).toBe(404);
    expect((await get(link)).headers.get('cache-control')).toBe('no-store');
  });

  it('P-8 is decided on the command line by somebody else than asked, and the list says what waits', async () => {
    const { request } = await ask(anAsking([zoe, max]));
    const both = [zoe, max];
    const listed = await run(['list', '--json'], both);
    expect(listed.out).toContain(request.id);
    expect((await run(['list'], both)).out.replaceAll(/[│\s]+/g, '')).toContain('freeze:60acts');
    expect(await run(['approve', request.id, '--by', zoe], both)).toMatchObject({
      code: 4,
      err: expect.stringContaining('somebody else') as string,
    });
    expect(await run(['approve', request.id, '--by', max], both)).toMatchObject({
      code: 0,
      out: 'Approved: freeze, 60 acts.\n',
    });
    expect(await run(['reject', request.id, '--by', max], both)).toMatchObject({ code: 4 });
    expect((await run(['approve', crypto.randomUUID()], both)).code).toBe(3);
  });

  it('says of a single person that he has asked himself', async () => {
    const { request, told } = await ask(anAsking([zoe]));
    expect(told).toEqual([zoe]);
    const answer = await run(['approve', request.id, '--by', zoe], [zoe]);
    expect(answer.out).toContain('You have asked for it yourself');
  });

  it('P-8 can not be decided where no secret is set', async () => {
    const { request } = await ask(anAsking([zoe]));
    const bare = { ...settingsFor([zoe]), FORBEAR_LINK_SECRET: '', FORBEAR_PUBLIC_URL: '' };
    const answer = await forbearHere(approvalsCommand(), ['approvals', 'approve', request.id], bare);
    expect(answer).toMatchObject({ code: 2, err: expect.stringContaining('FORBEAR_LINK_SECRET') as string });
  });

  it('stands although no mail server takes it: it shows in the list', async () => {
    const asking = { ...anAsking([zoe, max]), post: () => Promise.reject(new Error('down')) };
    const { request, told, untold } = await ask(asking);
    expect([told, untold]).toEqual([[], [max]]);
    expect((await run(['list', '--json'], [zoe, max])).out).toContain(request.id);
  });
});
