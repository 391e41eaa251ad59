import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { startStack } from '../../src/dev/stack.js';
import { sendInvoice, settleIn, untilCase } from '../support/lives.js';
import { eventually } from '../support/dev-eventually.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto } from '../support/stack.js';

const policy = `name: fast
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 4s
  lead: 2s
decommission:
  after: 6s
  retention: 3s
  approval: 1h
  approvers: [zoe@example.com, max@example.com]
dwell: 1s
contact: help@forbear.test
`;
const out: string[] = [];
it('look', async () => {
  const folder = makeTestFolder('look');
  const stack = await startStack(stackOptions(folder.path, policy));
  const ways = waysInto(stack);
  const cli = (...args: string[]) => {
    const quoted = args.map((a) => `'${a}'`).join(' ');
    const ran = spawnSync('script', ['-qec', `stty cols 120; node bin/forbear.mjs ${quoted}`, '/dev/null'], { env: { ...process.env, ...ways.settings }, encoding: 'utf8' });
    out.push(`$ forbear ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  try {
    const life = await settleIn(ways, 'Acme & Sons');
    const other = await settleIn(ways, 'Other Ltd');
    await sendInvoice(ways, life, 4_900);
    await sendInvoice(ways, other, 9_900);
    await untilCase(ways, life, 'asked', ({ file }) => file.approval !== null);
    await untilCase(ways, other, 'asked', ({ file }) => file.approval !== null);
    cli('case', 'list');
    cli('case', 'show', life.ref);
    cli('case', 'history', life.ref);
    const mails = await eventually('mails', async () => { const m = await ways.mailsTo('zoe@example.com'); return m.length >= 2 ? m : null; });
    const link = /http\S+\/approvals\/\S+/.exec(mails.find((m) => m.text.includes(life.ref))!.text)![0];
    out.push(link);
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    const errors: string[] = [];
    for (const [width, scheme] of [[1000, 'light'], [375, 'light'], [1000, 'dark']] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
      page.on('console', (m) => errors.push(m.text()));
      await page.goto(link);
      await page.screenshot({ path: `/tmp/look/ask-${width}-${scheme}.png`, fullPage: true });
      await page.close();
    }
    const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
    page.on('console', (m) => errors.push(m.text()));
    await page.goto(link);
    await page.evaluate(() => (globalThis as any).document.querySelector('textarea').removeAttribute('required'));
    await page.click('button.danger');
    await page.screenshot({ path: '/tmp/look/blank.png', fullPage: true });
    await page.fill('textarea', 'They are gone for good.');
    await page.click('button.danger');
    await page.screenshot({ path: '/tmp/look/decided.png' });
    out.push(await page.innerText('main'));
    await page.goto(link);
    await page.screenshot({ path: '/tmp/look/again.png' });
    out.push(await page.innerText('main'));
    await page.goto(`${link}x`);
    out.push(await page.innerText('main'));
    out.push(`console: ${errors.join(' | ')}`);
    cli('case', 'show', life.ref);
    cli('case', 'reject', other.ref, '--plan', '00000000', '--reason', 'no');
    await new Promise((r) => setTimeout(r, 4000));
    cli('case', 'history', life.ref);
    cli('finding', 'list');
    cli('case', 'restrict', '--help');
    cli('case', 'exempt', '--help');
    cli('case', '--help');
    cli('account', 'show', life.ref);
    await browser.close();
    expect(1).toBe(1);
  } finally {
    writeFileSync('/tmp/look/out.txt', out.join('\n'));
    await ways.close();
    await stack.stop();
    folder.remove();
  }
});
