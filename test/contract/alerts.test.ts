import { createServer, type AddressInfo, type Socket } from 'node:net';
import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import { createMailAlerts } from '../../src/adapters/mail/alerts.js';
import { createSlackAlerts } from '../../src/adapters/slack/alerts.js';
import { createWebhookAlerts } from '../../src/adapters/webhooks/alerts.js';
import type { AlertChannel } from '../../src/ports/alerts.js';
import { makeSecret } from '../../src/push/secrets.js';
import { createLogAlerts } from '../../src/watch/alert-log.js';
import {
  channelCases,
  firing,
  resolved,
  startHttpReceiver,
  type ChannelCase,
} from '../support/alert-receivers.js';
import { startMailServer } from '../support/mail-server.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
function kept<T extends { close(): Promise<void> }>(one: T): T {
  ends.push(() => one.close());
  return one;
}

const named = { name: 'oncall', atLeast: 'warning' } as const;
const people = { from: 'forbear@host.example', to: ['ada@host.example', 'bob@host.example'] };

/** A server that takes connections and never says a word. */
async function startMute() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return kept({
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const channelsTo = (host: string, timeoutMs: number): Record<keyof typeof channelCases, AlertChannel> => ({
  slack: createSlackAlerts({ ...named, url: `http://${host}/hidden`, timeoutMs }),
  webhook: createWebhookAlerts({ ...named, url: `http://${host}/hidden`, secret: makeSecret(), timeoutMs }),
  mail: createMailAlerts({ ...named, ...people, smtpUrl: `smtp://me:hidden@${host}`, timeoutMs }),
});

const kinds = Object.keys(channelCases) as (keyof typeof channelCases)[];

describe.each(kinds)('the channel %s', (kind) => {
  const start = async (): Promise<ChannelCase> => kept(await channelCases[kind]({ timeoutMs: 9_000 }));

  it('tells what began, since when and what to do, and that it is over', async () => {
    const { channel, read } = await start();
    await channel.tell(firing);
    await channel.tell(resolved);
    const [begin = '', end = '', ...more] = await read();
    expect(more).toEqual([]);
    for (const word of [firing.key, firing.title, firing.text, firing.remedy]) expect(begin).toContain(word);
    expect(begin).toMatch(/2026-01-01.09:00/);
    expect(begin).toContain('page');
    expect(begin).not.toContain('resolved:');
    for (const word of [firing.key, firing.title, 'resolved']) expect(end).toContain(word);
    expect(end).toMatch(/2026-01-01.11:30/);
  });

  it('rejects what its receiver refuses', async () => {
    const { channel, refuse } = await start();
    refuse();
    await expect(channel.tell(firing)).rejects.toThrow(/(404 \(no_service\)|500|refused: \w+ 550)$/);
  });

  it('rejects when nobody is there', async () => {
    const { host, close } = await startMute();
    await close();
    await expect(channelsTo(host, 9_000)[kind].tell(firing)).rejects.toThrow(/ECONNREFUSED|ESOCKET/);
  });

  it('rejects when no answer comes in time, and names no secret', async () => {
    const { host } = await startMute();
    const error = await channelsTo(host, 200)
      [kind].tell(firing)
      .then(
        () => 'taken',
        (thrown: unknown) => String(thrown),
      );
    expect(error).toMatch(/0\.2 s|can't take it now/);
    expect(error).not.toMatch(/hidden|taken/);
  });
});

describe.each(['slack', 'webhook'] as const)('the channel %s', (kind) => {
  it('follows no redirect: what is told is for this address alone', async () => {
    const [from, to] = [kept(await startHttpReceiver()), kept(await startHttpReceiver())];
    from.answer = { status: 307, location: to.url };
    const { host } = new URL(from.url);
    await expect(channelsTo(host, 9_000)[kind].tell(firing)).rejects.toThrow('answered 307');
    expect(to.arrived).toEqual([]);
  });
});

describe('Slack', () => {
  const start = async () => {
    const receiver = kept(await startHttpReceiver());
    return { receiver, channel: createSlackAlerts({ ...named, url: receiver.url }) };
  };

  it('is told no mention and no link that stands in the words of others', async () => {
    const { receiver, channel } = await start();
    await channel.tell({ ...firing, title: '<!channel>', text: '<https://evil.example|Pay> & go' });
    const [{ body } = { body: '' }] = receiver.arrived;
    expect(body).toContain('&lt;!channel&gt;');
    expect(body).toContain('&lt;https://evil.example|Pay&gt; &amp; go');
    expect(body).not.toMatch(/<[!h]/);
  });

  it('takes a text that is longer than its blocks may be', async () => {
    const { receiver, channel } = await start();
    await channel.tell({ ...firing, text: 'x'.repeat(5_000), remedy: 'y'.repeat(5_000) });
    const { blocks } = JSON.parse(receiver.arrived[0]!.body) as {
      blocks: { text?: { text: string } }[];
    };
    const lengths = blocks.flatMap(({ text }) => text?.text.length ?? []);
    expect(lengths).toHaveLength(2);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(3_000);
  });

  it('is not quoted when it says more than a word: anything may stand there', async () => {
    const { receiver, channel } = await start();
    receiver.answer = { status: 500, body: `<html>${receiver.url}` };
    await expect(channel.tell(firing)).rejects.toThrow(/^Slack answered 500$/);
  });
});

describe('the signed webhook', () => {
  it('carries type, time and data, and the id of the news each time that it is told', async () => {
    const receiver = kept(await startHttpReceiver());
    receiver.answer = { status: 202 };
    const channel = createWebhookAlerts({ ...named, url: receiver.url, secret: makeSecret() });
    await channel.tell(firing);
    await channel.tell(firing);
    await channel.tell(resolved);
    const { key, severity, title, text, remedy } = firing;
    const data = { key, severity, title, text, remedy, since: '2026-01-01T09:00:00.000Z' };
    expect(receiver.arrived.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { type: 'alert.firing', timestamp: '2026-01-01T09:00:00.000Z', data: { ...data, resolvedAt: null } },
      { type: 'alert.firing', timestamp: '2026-01-01T09:00:00.000Z', data: { ...data, resolvedAt: null } },
      {
        type: 'alert.resolved',
        timestamp: '2026-01-01T11:30:00.000Z',
        data: { ...data, resolvedAt: '2026-01-01T11:30:00.000Z' },
      },
    ]);
    const ids = receiver.arrived.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([firing.id, firing.id, resolved.id]);
  });
});

describe('a mail', () => {
  const start = async () => {
    const server = kept(await startMailServer());
    const mails = () => Promise.all(server.received.map(({ raw }) => PostalMime.parse(raw)));
    return { server, mails, channel: createMailAlerts({ ...named, ...people, smtpUrl: server.url }) };
  };

  it('says in its subject what it is, and in HTML what it says in text', async () => {
    const { mails, channel } = await start();
    await channel.tell(firing);
    await channel.tell(resolved);
    const [begin, end] = await mails();
    expect(begin!.subject).toBe('[page] Stripe’s deliveries fail');
    expect(end!.subject).toBe('[resolved] Stripe’s deliveries fail');
    for (const words of [firing.text, firing.remedy]) expect(begin!.html).toContain(words);
    expect(end!.text).toContain('It lasted from 2026-01-01 09:00 UTC to 2026-01-01 11:30 UTC (2.5 h).');
    expect(end!.text).not.toContain(firing.remedy);
  });

  it('hangs together with the others of its alert, and is the same each time that it is sent', async () => {
    const { mails, channel } = await start();
    for (const news of [firing, firing, resolved]) await channel.tell(news);
    const all = await mails();
    const [first, again, end] = all.map(({ messageId }) => messageId);
    expect(again).toBe(first);
    expect(end).not.toBe(first);
    expect(new Set(all.map(({ references }) => references)).size).toBe(1);
    expect(all[0]!.headers.find((h) => h.key === 'auto-submitted')?.value).toBe('auto-generated');
  });

  it('lets no word add a header or markup', async () => {
    const { server, mails, channel } = await start();
    const attack = 'x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>';
    await channel.tell({ ...firing, key: attack, title: attack, text: attack, remedy: attack });
    const [mail] = await mails();
    expect(mail!.bcc ?? []).toEqual([]);
    expect(server.received[0]?.to).toEqual(people.to);
    expect(mail!.html).not.toContain('<script');
  });

  it('counts as told when one of them has it', async () => {
    const { server, channel } = await start();
    server.refuse('recipient', 550, 'ada@host.example');
    await channel.tell(firing);
    expect(server.received.map(({ to }) => to)).toEqual([['bob@host.example']]);
    server.refuse('recipient', 550);
    await expect(channel.tell(firing)).rejects.toThrow('the mail server refused');
    await expect(channel.tell(firing)).rejects.not.toThrow('host.example');
  });
});

describe('the log', () => {
  it('takes a page as an error, a warning as a warning, and an end as news', async () => {
    const lines: [string, unknown, string][] = [];
    const line = (level: string) => (fields: unknown, message: string) =>
      void lines.push([level, fields, message]);
    const channel = createLogAlerts({ info: line('info'), warn: line('warn'), error: line('error') });
    await channel.tell(firing);
    await channel.tell({ ...firing, severity: 'warning' });
    await channel.tell(resolved);
    expect(channel).toMatchObject({ name: 'log', atLeast: 'warning' });
    expect(lines.map(([level, , message]) => [level, message])).toEqual([
      ['error', 'Stripe’s deliveries fail'],
      ['warn', 'Stripe’s deliveries fail'],
      ['info', 'over: Stripe’s deliveries fail'],
    ]);
    expect(lines[0]?.[1]).toMatchObject({ alert: firing.key, remedy: firing.remedy });
  });
});
