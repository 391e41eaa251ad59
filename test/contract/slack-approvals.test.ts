import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryMailer } from '../../src/adapters/memory/mailer.js';
import { withSlackAsks, withSlackPosts } from '../../src/adapters/slack/approvals.js';
import type { BulkLetter } from '../../src/ports/bulk.js';
import { startHttpReceiver, type HttpReceiver } from '../support/alert-receivers.js';
import { request } from '../support/mail-samples.js';

let channel: HttpReceiver;
let warned: string[];
beforeEach(async () => {
  channel = await startHttpReceiver();
  warned = [];
});
afterEach(() => channel.close());

const slack = () => ({
  urlOf: (address: string) => (address === request.recipient ? channel.url : undefined),
  logger: {
    info: () => undefined,
    warn: (_: object, text: string) => warned.push(text),
    error: () => undefined,
  },
});

type Message = {
  readonly text: string;
  readonly blocks: readonly { readonly text: { readonly text: string } }[];
};
const said = () => channel.arrived.map(({ body }) => JSON.parse(body) as Message);
const wordsOf = ({ blocks }: Message) => blocks.map(({ text }) => text.text).join('\n');

describe('a request for approval in Slack', () => {
  it('TT-4 says to the approver what is deleted, for what, until when, and how he decides: by his own link or code', async () => {
    const mailer = createMemoryMailer();
    await withSlackAsks(mailer, slack()).ask(request);
    expect(mailer.asked).toEqual([request]);
    const [message, ...more] = said();
    expect(more).toEqual([]);
    const words = wordsOf(message as Message);
    for (const part of [
      'Acme Ltd (acme)',
      'Owed: 49.00 USD.',
      '2026-12-24',
      '• deployment web (platform)',
      '• database db:acme-primary (aws-eu)',
      '• subscription sub_1: canceled first',
      // As Slack wants it written: it makes one sign of it again.
      `<${request.link?.replace('&', '&amp;')}|See it and decide>`,
      request.code,
      'forbear case approve acme --plan 9f86d081 --code 7K3M-0QZX',
    ])
      expect(words).toContain(part);
    expect(message).toMatchObject({ unfurl_links: false, unfurl_media: false });
  });

  it('makes no mention and no link of what somebody has called his account, and no command of it', async () => {
    const account = { ref: "a'; rm -rf $HOME", name: '<!channel> <https://evil.example|pay>' };
    await withSlackAsks(createMemoryMailer(), slack()).ask({
      ...request,
      account,
      link: 'javascript:alert(1)',
    });
    const words = said()
      .map((message) => message.text + wordsOf(message))
      .join();
    expect(words).not.toMatch(/<!|<https:\/\/evil|javascript:/);
    expect(words).toContain(`forbear case approve 'a'\\''; rm -rf $HOME' --plan`);
  });

  it('goes to nobody else: who has no channel of his own is asked by mail alone', async () => {
    const mailer = createMemoryMailer();
    await withSlackAsks(mailer, slack()).ask({ ...request, recipient: 'max@example.com' });
    expect([mailer.asked.length, said()]).toEqual([1, []]);
  });

  it('has asked when one of both has reached him, and says which one did not', async () => {
    const mailer = createMemoryMailer();
    const asking = withSlackAsks(mailer, slack());
    mailer.failNext('MAIL_UNAVAILABLE');
    await asking.ask(request);
    expect([said().length, warned]).toEqual([1, ['an approver was asked in Slack alone']]);
    channel.answer = { status: 404, body: 'no_service' };
    await asking.ask(request);
    expect([mailer.asked.length, warned.at(-1)]).toEqual([1, 'an approver was not asked in Slack']);
  });

  it('has failed as the mail has when neither did', async () => {
    const mailer = createMemoryMailer();
    mailer.failNext('MAIL_REFUSED');
    channel.answer = { status: 500 };
    await expect(withSlackAsks(mailer, slack()).ask(request)).rejects.toMatchObject({ code: 'MAIL_REFUSED' });
  });
});

describe('a list of acts in Slack', () => {
  const letter: BulkLetter = {
    messageId: '<1@forbear.example>',
    recipient: request.recipient,
    link: 'https://forbear.example/approvals/bulk/abc',
    request: {
      id: '1a2b',
      kind: 'freeze',
      acts: Array.from({ length: 60 }, (_, n) => `freeze account-${n}`),
      count: 60,
      hash: 'aa',
      askedBy: 'zoe@example.com',
      reason: 'a bad deploy',
      askedAt: Date.UTC(2026, 0, 1),
      expiresAt: Date.UTC(2026, 0, 2),
      decision: null,
      usedAt: null,
    },
  };

  it('P-8 names who asks, why, how many they are, the first of them and where all are seen', async () => {
    await withSlackPosts(null, slack())(letter);
    const words = said().map(wordsOf).join();
    for (const part of [
      'Allow freeze, 60 acts?',
      'zoe@example.com asks: a bad deploy',
      '• freeze account-19',
      'and 40 more',
      `<${letter.link}|See it and decide>`,
      'forbear approvals approve 1a2b --by',
    ])
      expect(words).toContain(part);
    expect(words).not.toContain('account-20');
  });

  it('rejects where there is neither a mail server nor a channel', async () => {
    const posting = withSlackPosts(null, slack())({ ...letter, recipient: 'max@example.com' });
    await expect(posting).rejects.toThrow('no mail server is set');
  });
});
