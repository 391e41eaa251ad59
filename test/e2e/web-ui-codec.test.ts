import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey, revokeKey } from '../../src/db/queries/keys.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { DAY_MS } from '../../src/domain/time.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { browserPath, openBrowser } from '../support/browser.js';
import {
  fillIn,
  newPage,
  overrideCodec,
  patienceMs,
  readTab,
  send,
  setCodec,
  signIn,
  untilRead,
} from '../support/codec-web-ui.js';
import { eventually } from '../support/dev-eventually.js';
import { caseOf, sendInvoice, settleIn, untilCase, untilStage, type Life } from '../support/lives.js';
import { foundIn } from '../support/markers.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// An account is reminded within seconds, and then rests for as long as anybody looks.
const policy = JSON.stringify({
  name: 'sealed',
  retryWindow: '0s',
  reminders: [{ after: '1s' }],
  limit: { after: '2d', lead: '1d' },
  pause: { after: '3d', lead: '1d' },
  dwell: '1s',
  longestExtension: '60d',
  contact: 'help@forbear.test',
  recheck: '3s',
  holdRetry: '1h',
});
/** How the Web UI shows that something is encrypted: `binary/encrypted`, in base64. */
const encrypted = Buffer.from('binary/encrypted').toString('base64');

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;
let browser: Browser;
let life: Life;
let key: Awaited<ReturnType<typeof createKey>>;
let signedInPage: Promise<Page> | null = null;

const missing = browserPath === null ? ' (no Chromium: run npm run setup -- --browser)' : '';

describe.skipIf(browserPath === null)(`the Temporal Web UI where payloads are encrypted${missing}`, () => {
  beforeAll(async () => {
    folder = makeTestFolder('web-ui-codec');
    const options = stackOptions(folder.path, policy);
    const FORBEAR_CODEC_KEYS = `test:${randomBytes(32).toString('base64')}`;
    stack = await startStack({ ...options, env: { ...options.env, FORBEAR_CODEC_KEYS } });
    ways = waysInto(stack);
    browser = await openBrowser();
    life = await settleIn(ways, 'Sealed and Sons');
    await sendInvoice(ways, life, 4_900);
    await untilStage(ways, life, 'reminded', patienceMs);
    key = await createKey(ways.db, { name: 'Ola', scopes: ['codec'], mode: 'live', expiresAt: null });
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await ways?.close();
    await stack?.stop();
    folder?.remove();
  });

  it('shows nothing of an account to a browser that was given no key', async () => {
    const page = await anybody();
    const history = await readTab(page, ways, life, 'history', (text) => text.includes(encrypted));
    const metadata = await readTab(page, ways, life, 'user-metadata', isHidden);
    const memo = await readTab(page, ways, life, 'memo', (text) => text.includes(encrypted));
    for (const text of [history, metadata, memo]) expect(foundIn(text, words())).toEqual([]);
    expect(history).toContain('Codec Server could not connect');
    expect(foundIn(await historyOf(), words())).toEqual([]);
  });

  it('sends nothing, and so nothing in plain text, from a browser that was given no key', async () => {
    const page = await anybody();
    await readTab(page, ways, life, 'history', (text) => text.includes(encrypted));
    const { submit } = await fillIn(page, 'signal', 'typed', { days: 9, reason: 'of no avail', by: 'Ola' });
    await submit.click();
    await untilRead(page, 'the refusal', (text) => text.includes('Data encoding failed'));
    expect(await historyOf()).not.toContain('extendGrace');
  });

  it('shows all of it once a person has signed in and has filled in the settings of the codec', async () => {
    const page = await signedIn();
    // Decoded piece by piece.
    const isWhole = (text: string) => text.includes('unless paid') && !text.includes(encrypted);
    const history = await readTab(page, ways, life, 'history', isWhole);
    expect(history).toContain(`{ "account": "${life.id}" }`);
    const metadata = await readTab(page, ways, life, 'user-metadata', isReminded);
    expect(foundIn(metadata, words())).toEqual(words().map(({ place }) => place));
    await page.screenshot({ path: join(folder.path, 'page.png') });
    expect(readFileSync(join(folder.path, 'page.png')).length).toBeGreaterThan(10_000);
    await readTab(page, ways, life, 'memo', (text) => text.includes(life.ref));
  });

  it('answers the query for the case', async () => {
    const page = await signedIn();
    await readTab(page, ways, life, 'query', (text) => text.includes('Run Query'));
    await page.getByTestId('query-select-button').click();
    await page.getByRole('option', { name: 'caseFile' }).click();
    await page.getByRole('button', { name: 'Run Query' }).click();
    await untilRead(page, 'the case', (text) => text.includes('"stage": "reminded"'));
  });

  it.each([
    ['a signal', 'signal'],
    ['an update', 'update'],
  ] as const)('extends grace by %s, encrypted on its way', async (_, kind) => {
    const page = await signedIn();
    await readTab(page, ways, life, 'user-metadata', isReminded);
    const reason = `promised in the ${kind} form`;
    const filledIn = await fillIn(page, kind, 'chosen', { days: 7, reason, by: 'Ola' });
    const sent = await expectMoved(7, () => send(page, filledIn));
    expect(sent).toContain(encrypted);
    expect(foundIn(`${sent} ${await historyOf()}`, [{ place: 'reason', text: reason }])).toEqual([]);
    await readTab(page, ways, life, 'user-metadata', (text) => text.includes(reason));
  });

  it('extends grace by a signal in plain text, too, from a Web UI that knows no codec', async () => {
    const page = await anybody({ Endpoint: '' });
    await readTab(page, ways, life, 'history', (text) => text.includes(encrypted));
    const reason = 'promised in plain text';
    const filledIn = await fillIn(page, 'signal', 'typed', { days: 1, reason, by: 'Ola' });
    const sent = await expectMoved(1, () => send(page, filledIn));
    expect(sent).not.toContain(encrypted);
    // It stands in Temporal as it was typed; so the others would have been found, too.
    expect(foundIn(await historyOf(), [{ place: 'reason', text: reason }])).toEqual(['reason']);
    await readTab(await signedIn(), ways, life, 'user-metadata', (text) => text.includes(reason));
  });

  it('needs no settings in the browser where its server has credentials included', async () => {
    const page = await anybody({
      IncludeCredentials: true,
      DefaultErrorMessage: 'Sign in to read this:',
      DefaultErrorLink: `${stack.api}/codec`,
    });
    await readTab(page, ways, life, 'history', (text) => text.includes('Sign in to read this:'));
    await page.getByRole('link', { name: `${stack.api}/codec` }).waitFor();
    await signIn(page, stack.api, key.key);
    await readTab(page, ways, life, 'user-metadata', isReminded);
  });

  it('decodes for no other page of the same host, though the browser sends the cookie', async () => {
    const page = await signedIn();
    const ask = () =>
      page.evaluate(
        (url) =>
          fetch(url, {
            method: 'POST',
            credentials: 'include',
            headers: { 'content-type': 'application/json' },
            body: '{"payloads":[]}',
          }).then(
            ({ status }) => status,
            () => 'refused',
          ),
        `${stack.api}/codec/decode`,
      );
    expect(await ask()).toBe(200);
    await page.goto(stack.mail.messages);
    expect(await ask()).toBe('refused');
    await page.goto(`${stack.api}/codec`);
    expect(await ask()).not.toBe(200);
  });

  it('shows nothing any more once the key was revoked', async () => {
    const page = await signedIn();
    await readTab(page, ways, life, 'user-metadata', isReminded);
    await revokeKey(ways.db, key.row.id);
    const ask = { method: 'POST', headers: { authorization: `Bearer ${key.key}` }, body: '{"payloads":[]}' };
    const isOver = async () => (await fetch(`${stack.api}/codec/decode`, ask)).status === 401;
    await eventually('the key opens nothing', isOver, patienceMs);
    const metadata = await readTab(page, ways, life, 'user-metadata', isHidden);
    expect(foundIn(metadata, words())).toEqual([]);
  });
});

/** What anybody would know the account and its trouble by. */
const words = () =>
  Object.entries({ name: life.name, ref: life.ref, sum: '49.00 USD', next: 'unless paid' }).map(
    ([place, text]) => ({ place, text }),
  );

const isReminded = (text: string) => text.includes('was reminded: 49.00 USD is unpaid');

/** The page has come to its end, and could read nothing of what it got. */
const isHidden = (text: string) => text.includes('No Current Details') && text.includes('Decoding failed');

/** A browser that knows nothing yet, and what the Web UI's server tells it of the codec. */
async function anybody(codec: Parameters<typeof overrideCodec>[1] = {}): Promise<Page> {
  const viewport = { width: 1480, height: 1200 };
  const context = await browser.newContext({ viewport, colorScheme: 'light' });
  await overrideCodec(context, codec);
  return newPage(context);
}

/** The browser of a person who has gone through the steps of docs/privacy.md, once for all tests. */
const signedIn = () => (signedInPage ??= beSignedIn());

async function beSignedIn(): Promise<Page> {
  const page = await anybody();
  await signIn(page, stack.api, key.key);
  await readTab(page, ways, life, 'history', (text) => text.includes(encrypted));
  await setCodec(page, `${stack.api}/codec`);
  return page;
}

/** What is to come next moves by exactly so many days, and so does everything after it. */
async function expectMoved<T>(days: number, act: () => Promise<T>): Promise<T> {
  const before = await caseOf(ways, life);
  if (before === null || before.nextAt === null) throw new Error('nothing is to come');
  const done = await act();
  const [nextAt, shiftMs] = [before.nextAt.getTime(), before.file.shiftMs].map((ms) => ms + days * DAY_MS);
  // While the customer is told of it, that is what comes next.
  const isSo = (row: typeof before) => row.file.shiftMs === shiftMs && row.nextAt?.getTime() === nextAt;
  await untilCase(ways, life, `has ${days} days more`, isSo, patienceMs);
  return done;
}

/** As Temporal keeps it: nothing decoded, bytes in base64. */
const historyOf = async () =>
  JSON.stringify(await ways.temporal.workflow.getHandle(workflowIdOf(life.id)).fetchHistory());
