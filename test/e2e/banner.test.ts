import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Hono } from 'hono';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dateIn } from '../../src/adapters/mail/format.js';
import { de } from '../../src/adapters/mail/words/de.js';
import { en } from '../../src/adapters/mail/words/en.js';
import { bannerAnswer } from '../../src/app/banner-answer.js';
import { forbear } from '../../src/app/hono.js';
import { answerOf, createStandIn, listen, payUrl, type StandIn } from '../support/app-standin.js';
import { browserPath, openBrowser } from '../support/browser.js';
import { eventually } from '../support/dev-eventually.js';
import { checkout, makeTestFolder } from '../support/stack-folder.js';

const guide = readFileSync(new URL('../../docs/in-your-app.md', import.meta.url), 'utf8');
const [, block = ''] = /^```html\n([\s\S]*?)^```$/m.exec(guide) ?? [];

let folder: ReturnType<typeof makeTestFolder>;
let standIn: StandIn;
let site: Awaited<ReturnType<typeof listen>>;
let browser: Browser;
let page: Page;
let told: string[];
let isDown: boolean;

beforeAll(async () => {
  if (browserPath === null) return;
  folder = makeTestFolder('banner');
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = ['-p', join(checkout, 'src', 'app'), '--noCheck', '--outDir', folder.path];
  await promisify(execFile)(process.execPath, [tsc, ...args]);
  const code = readFileSync(join(folder.path, 'src', 'app', 'banner.js'), 'utf8');
  standIn = createStandIn();
  site = await listen(siteWith(code));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  folder?.remove();
});

/** An app with the banner as the guide has it, under a strict policy for content. */
function siteWith(code: string): Hono {
  const app = new Hono();
  const { url, key, fetch } = standIn;
  const reader = { url, key, fetch, maxAgeMs: 0, whenUnknown: 'open', onProblem: () => undefined } as const;
  app.use(forbear({ ...reader, account: () => 'ref:acme', allow: ['/*'] }));
  app.get('/billing/banner', (c) => (isDown ? c.text('', 500) : c.json(bannerAnswer(c.get('forbear')))));
  app.get('/assets/forbear-banner.js', (c) => c.body(code, 200, { 'content-type': 'text/javascript' }));
  app.get('/favicon.ico', (c) => c.body(null, 204));
  app.get('/page/:lang', (c) => {
    const attributes = new URL(c.req.url).searchParams.get('attributes') ?? '';
    const body = block.replace('<forbear-banner', `<forbear-banner ${attributes}`);
    c.header('content-security-policy', "default-src 'self'");
    return c.html(
      `<!doctype html><html lang="${c.req.param('lang')}"><title>An app</title><body>${body}<h1>Projects</h1>`,
    );
  });
  return app;
}

beforeEach(async () => {
  if (browserPath === null) return;
  isDown = false;
  told = [];
  page = await browser.newPage({ viewport: { width: 1_000, height: 300 }, colorScheme: 'light' });
  page.on('console', (message) => told.push(message.text()));
  page.on('pageerror', (error) => told.push(String(error)));
});
afterEach(async () => {
  await page?.close();
});

const open = (lang = 'en', attributes = '') =>
  page.goto(`${site.url}/page/${lang}?attributes=${encodeURIComponent(attributes)}`, {
    waitUntil: 'networkidle',
  });
const status = () => page.getByRole('status').innerText();
const shown = (text: string | RegExp) =>
  eventually(`the banner says ${String(text)}`, async () => new RegExp(text).test(await status()), 5_000);
const picture = (name: string) => page.screenshot({ path: join(folder.path, `${name}.png`) });

const date = Date.parse('2026-11-24T09:00:00Z');

describe.skipIf(browserPath === null)(
  `the banner in Chromium${browserPath === null ? ' (no Chromium: run npm run setup -- --browser)' : ''}`,
  () => {
    it('names the date as the mails do, in English and in German', async () => {
      standIn.state.answer = answerOf('grace_period');
      await open('en');
      await shown(
        `A payment is overdue. We will pause your services on ${dateIn(en, date)} unless it is paid.`,
      );
      expect(dateIn(en, date)).toBe('Tuesday, 24 November 2026, 09:00 UTC');
      expect((await picture('reminder')).length).toBeGreaterThan(2_000);
      await open('de-AT');
      await shown(
        `Am ${dateIn(de, date)} pausieren wir Ihre Dienste, sofern sie bis dahin nicht bezahlt ist.`,
      );
      const seconds = date + 7_000;
      standIn.state.answer = answerOf('grace_period', ['nonpayment'], {
        nextStep: { step: 'limit', at: new Date(seconds).toISOString() },
      });
      await open('en');
      await shown(`read-only on ${dateIn(en, seconds)} unless`);
      expect(told).toEqual([]);
    });

    it('names it in another language and time zone, and goes by UTC when there is no such zone', async () => {
      standIn.state.answer = answerOf('grace_period');
      await open('en', 'time-zone="America/New_York"');
      await shown('on Tuesday, 24 November 2026, 04:00 (EST|GMT-5) unless');
      await open('en', 'time-zone="Mars/Olympus"');
      await shown('09:00 UTC');
      await open('fr', 'text-overdue="Un paiement est en retard." text-pause="Pause le {date}."');
      await shown('Un paiement est en retard. Pause le mardi 24 novembre 2026');
    });

    it('says of a closed account that it is closed, and announces nothing that is being done already', async () => {
      standIn.state.answer = answerOf('decommissioned');
      await open('en');
      await shown('^Your account is closed, because a payment stayed overdue.$');
      await open('de');
      await shown('^Ihr Konto ist geschlossen, weil eine Zahlung überfällig blieb.$');
    });

    it('links to where to pay', async () => {
      standIn.state.answer = answerOf('suspended');
      await open('en', 'text-pay="Settle up"');
      await shown('Your services are paused');
      const link = page.getByRole('link', { name: 'Settle up' });
      expect(await link.getAttribute('href')).toBe(payUrl);
      await shown('After Tuesday, 24 November 2026, 09:00 UTC we will delete');
      const [words, button] = [await page.getByRole('status').boundingBox(), await link.boundingBox()];
      expect(button!.x, 'beside the words where there is room').toBeGreaterThan(words!.x + words!.width);
      await picture('paused');
    });

    it('lets people put a reminder away until its date moves, and nothing else', async () => {
      standIn.state.answer = answerOf('grace_period');
      await open();
      await shown('We will pause');
      await page.getByRole('button', { name: 'Dismiss' }).click();
      expect(await status()).toBe('');
      expect(await page.getByRole('link').count()).toBe(0);
      await open();
      expect(await status()).toBe('');
      standIn.state.answer = answerOf('grace_period', ['nonpayment'], {
        nextStep: { step: 'pause', at: '2026-12-01T09:00:00.000Z' },
      });
      await open();
      await shown('1 December 2026');
      standIn.state.answer = answerOf('read_only');
      await open();
      await shown('Your account is read-only');
      expect(await page.getByRole('button').count()).toBe(0);
    });

    it('is there but empty while there is nothing to tell', async () => {
      standIn.state.answer = answerOf('suspended', ['fraud', 'nonpayment']);
      await open();
      expect(await page.evaluate(`document.querySelector('forbear-banner').offsetHeight`)).toBe(0);
      expect(await page.getByRole('status').count()).toBe(1);
      expect(await status()).toBe('');
    });

    it('is gone when the page is looked at again after paying', async () => {
      standIn.state.answer = answerOf('suspended');
      await open();
      await shown('Your services are paused');
      standIn.state.answer = answerOf('active');
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
      await eventually('the banner is gone', async () => (await status()) === '', 5_000);
    });

    it('goes on showing what it knew, and tells the page, when it cannot ask', async () => {
      standIn.state.answer = answerOf('suspended');
      await open();
      await shown('Your services are paused');
      isDown = true;
      const problem = page.evaluate(`new Promise((resolve) => {
        document.querySelector('forbear-banner').addEventListener('forbear-problem', (event) => resolve(String(event.detail)));
        document.dispatchEvent(new Event('visibilitychange'));
      })`);
      expect(await problem).toMatch(/\/billing\/banner answered 500/);
      expect(await status()).toMatch(/Your services are paused/);
    });

    it('shows data as text, and follows no address but of the web', async () => {
      standIn.state.answer = answerOf('active');
      await open('en', `text-pause="<img src=x onerror=alert(1)> {date}"`);
      await page.evaluate(`document.querySelector('forbear-banner').answer = {
        isOverdue: true, access: 'suspended', payUrl: 'javascript:alert(1)', nextStep: { step: 'pause', at: '2026-11-24T09:00:00Z' },
      }`);
      await shown(/<img src=x onerror=alert\(1\)> Tuesday/);
      expect(await page.locator('forbear-banner img').count()).toBe(0);
      expect(await page.getByRole('link').count()).toBe(0);
      await page.evaluate(`document.querySelector('forbear-banner').answer = {
        isOverdue: true, access: 'suspended', payUrl: null, nextStep: { step: 'pause', at: 'soon' },
      }`);
      expect(await status()).toBe('Your services are paused, because a payment is overdue.');
    });

    it('fits a telephone', async () => {
      standIn.state.answer = answerOf('grace_period');
      await page.setViewportSize({ width: 320, height: 500 });
      await open('de');
      await shown('Am Dienstag');
      await picture('narrow');
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate(overflow)).toBe(0);
    });
  },
);
