import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseFile } from '../../src/domain/case-file.js';
import { formatInstant } from '../../src/domain/time.js';
import { accounts } from '../../src/db/schema.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { exemptUpdate, workflowIdOf } from '../../workflows/messages.js';
import { browserPath, openBrowser, textOf } from '../support/browser.js';
import { forbear } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { caseOf, sendInvoice, settleIn, untilCase, untilStage, type Life } from '../support/lives.js';
import { shownOf } from '../support/shown.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

const approvers = ['ops@forbear.test'];
const deletion = (retention: string) => ({ after: '8s', retention, approval: '1h', approvers });

// Each segment comes to its stage within seconds and rests there: however busy the machine is, nothing overtakes who looks.
const stages = {
  watching: {},
  reminded: { reminders: [{ after: '1s' }] },
  limited: { reminders: [{ after: '1s' }], limit: { after: '3s', lead: '1s' } },
  paused: {
    reminders: [{ after: '1s' }],
    limit: { after: '3s', lead: '1s' },
    pause: { after: '5s', lead: '2s' },
  },
  decommissioning: {
    reminders: [{ after: '1s' }],
    limit: { after: '3s', lead: '1s' },
    pause: { after: '5s', lead: '2s' },
    decommission: deletion('1h'),
  },
  asked: {
    reminders: [{ after: '1s' }],
    limit: { after: '3s', lead: '1s' },
    pause: { after: '5s', lead: '2s' },
    decommission: deletion('2s'),
  },
} as const;
type Resting = keyof typeof stages;

const policy = JSON.stringify({
  name: 'shown',
  retryWindow: '0s',
  reminders: [{ after: '1h' }],
  limit: { after: '2h', lead: '1h' },
  pause: { after: '3h', lead: '1h' },
  decommission: { after: '4h', retention: '1h', approvers },
  dwell: '1s',
  longestEpisode: '1d',
  longestExtension: '1d',
  contact: 'help@forbear.test',
  recheck: '3s',
  holdRetry: '1h',
  segments: Object.entries(stages)
    .filter(([, rules]) => Object.keys(rules).length > 0)
    .map(([name, rules]) => ({ name, when: { tags: [name] }, ...rules })),
});

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;
let browser: Browser | null = null;

beforeAll(async () => {
  folder = makeTestFolder('web-ui');
  stack = await startStack(stackOptions(folder.path, policy));
  ways = waysInto(stack);
  if (browserPath !== null) browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

/** What stands on the account's page in the Web UI, as a person reads it. Takes a screenshot, too. */
async function readPage(life: Life, isThere: (text: string) => boolean): Promise<string> {
  if (browser === null) throw new Error('there is no browser');
  const page = await browser.newPage({ viewport: { width: 1480, height: 1200 }, colorScheme: 'light' });
  try {
    const { temporal } = stack;
    const { runId } = await ways.temporal.workflow.getHandle(workflowIdOf(life.id)).describe();
    const run = `${encodeURIComponent(workflowIdOf(life.id))}/${runId}`;
    await page.goto(`${temporal.ui}/namespaces/${temporal.namespace}/workflows/${run}/user-metadata`);
    const text = await eventually(
      'the page shows it',
      async () => {
        const now = await textOf(page);
        return isThere(now) ? now : null;
      },
      60_000,
    );
    const file = join(folder.path, 'page.png');
    await page.screenshot({ path: file });
    expect(readFileSync(file).length).toBeGreaterThan(10_000);
    pagesRead += 1;
    return text;
  } finally {
    await page.close();
  }
}

/** How many cases the Web UI lists for a query that the operations page names. */
async function expectListed(query: string, count: number): Promise<void> {
  expect(documented).toContain(query);
  const found = await eventually(`${query} finds ${count}`, async () => {
    const now = await ways.temporal.workflow.count(query.replace(/'\d{4}-[^']*'/, "'2999-01-01T00:00:00Z'"));
    return now.count === count ? now : null;
  });
  expect(found.count).toBe(count);
}

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const documented = [...operations.matchAll(/^\| `((?:Forbear|WorkflowId)[^`]+)`/gm)].map(
  ([, query = '']) => query,
);
let pagesRead = 0;

const dateOf = (at: Date | number) => formatInstant(new Date(at).getTime(), true);

/** The words of a stage, and what the page names as next. */
type Story = {
  readonly headline: RegExp;
  readonly reason: string;
  readonly nextStep: string | null;
  readonly next: RegExp;
  readonly rules?: RegExp;
};

/** An account with a debt, which comes to a stage and rests there. */
async function settle(name: string, stage: Resting) {
  const life = await settleIn(ways, name);
  await ways.db
    .update(accounts)
    .set({ tags: [stage] })
    .where(eq(accounts.id, life.id));
  return { life, invoice: await sendInvoice(ways, life, 4_900) };
}

async function settleAll(): Promise<Readonly<Record<Resting, Life>>> {
  const names = Object.keys(stages) as Resting[];
  const settled = names.map(async (stage) => {
    const { life } = await settle(`Shown & Sons, ${stage}`, stage);
    return [stage, life] as const;
  });
  return Object.fromEntries(await Promise.all(settled)) as Record<Resting, Life>;
}

async function expectStory(life: Life, stage: CaseFile['stage'], story: Story): Promise<void> {
  const row = await untilStage(ways, life, stage);
  const shown = await eventually(`${stage} is shown`, async () => {
    const now = await shownOf(ways, life);
    return now.stage === stage && now.reason === story.reason ? now : null;
  });
  expect(shown).toMatchObject({
    nextStep: story.nextStep,
    memo: { ref: life.ref },
    summary: `${life.name} (${life.ref})`,
  });
  expect(shown.nextAt === null).toBe(story.nextStep === null);
  // What is taken next; in the projection a reminder may come before it.
  if (shown.nextAt !== null && row.nextAt !== null) {
    const [taking, next] = [shown.nextAt.getTime(), row.nextAt.getTime()];
    if (story.reason === 'approval_awaited') expect(taking, 'due but for a yes').toBeLessThan(Date.now());
    else if (row.nextStep === story.nextStep) expect(taking).toBe(next);
    else expect(taking).toBeGreaterThan(next);
  }
  expect(shown.details).toMatch(story.headline);
  expect(shown.details).toMatch(story.next);
  expect(shown.details).toContain('49.00 USD');
  expect(shown.details).toMatch(story.rules ?? /Rules: shown · segment [a-z]+$/m);
  if (row.nextAt !== null && row.closedAt === null) expect(shown.waitsFor).toContain(dateOf(row.nextAt));
  if (browser === null) return;
  const text = await readPage(life, (now) => story.headline.test(now.replaceAll(/\s+/g, ' ')));
  for (const part of [life.name, life.ref, '49.00 USD']) expect(text).toContain(part);
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(story.next);
}

describe(`the Temporal Web UI${browserPath === null ? ' (no Chromium: run npm run setup -- --browser)' : ''}`, () => {
  it('tells of an account in each stage: why, how much, what comes next and when, and by which rules', async () => {
    const lives = await settleAll();
    await expectStory(lives.watching, 'watching', {
      headline: /is watched/,
      reason: 'nonpayment',
      nextStep: 'limit',
      next: /Next: remind on \d{4}-\d\d-\d\d/,
      rules: /Rules: shown$/m,
    });
    await expectStory(lives.reminded, 'reminded', {
      headline: /was reminded/,
      reason: 'nonpayment',
      nextStep: 'limit',
      next: /Next: limit on \d{4}-\d\d-\d\d/,
    });
    await expectStory(lives.limited, 'limited', {
      headline: /is read-only/,
      reason: 'nonpayment',
      nextStep: 'pause',
      next: /Next: pause on \d{4}-\d\d-\d\d/,
    });
    await expectStory(lives.paused, 'paused', {
      headline: /is paused/,
      reason: 'nonpayment',
      nextStep: 'decommission',
      next: /Next: final notice on \d{4}-\d\d-\d\d/,
    });
    await expectStory(lives.decommissioning, 'decommissioning', {
      headline: /will be deleted/,
      reason: 'nonpayment',
      nextStep: 'decommission',
      next: /Next: decommission on \d{4}-\d\d-\d\d/,
    });
    const asked = await untilCase(ways, lives.asked, 'asked', ({ file }) => file.approval !== null);
    await expectStory(lives.asked, 'decommissioning', {
      headline: /Waits for approval: deletion of 3 instances/,
      reason: 'approval_awaited',
      nextStep: 'decommission',
      next: /Next: decommission on/,
    });
    await expectListed(`ForbearStage = 'paused'`, 1);
    await expectListed(`ForbearStage = 'paused' AND ForbearNextAt < '2026-12-01T00:00:00Z'`, 1);
    await expectListed(`ForbearReason = 'approval_awaited'`, 1);
    const plan = asked.file.approval?.planHash ?? '';
    const named = ['--plan', plan.slice(0, 8), '--reason', 'never paid', '--by', 'Ola'];
    const { FORBEAR_LINK_SECRET = '' } = stack.settings;
    const settings = { ...ways.settings, FORBEAR_LINK_SECRET };
    const approved = await forbear(['case', 'approve', lives.asked.ref, ...named], settings);
    expect([approved.code, approved.err]).toEqual([0, '']);
    await expectStory(lives.asked, 'decommissioned', {
      headline: /was deleted/,
      reason: 'nonpayment',
      nextStep: null,
      next: /Next: nothing/,
    });
  });

  it('tells that an account is exempt, and that one has paid', async () => {
    const { life, invoice } = await settle('Exempted', 'reminded');
    await untilStage(ways, life, 'reminded');
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const handle = ways.temporal.workflow.getHandle(workflowIdOf(life.id));
    await handle.executeUpdate(exemptUpdate, { args: [{ until, reason: 'an appeal', by: 'Ola' }] });
    await expectStory(life, 'reminded', {
      headline: /Exempt until .* by Ola: an appeal/,
      reason: 'held_exempt',
      nextStep: 'limit',
      next: /Held: exempt/,
    });
    await expectListed(`ForbearReason STARTS_WITH 'held_'`, 1);
    await ways.stripe.invoices.pay(invoice);
    await untilStage(ways, life, 'recovered');
    // The row is written while the workflow's last attributes are still on their way.
    const shown = await eventually('recovered is shown', async () => {
      const now = await shownOf(ways, life);
      return now.stage === 'recovered' ? now : null;
    });
    expect(shown).toMatchObject({ reason: 'none', nextStep: null });
    expect(shown.details).toMatch(/has paid/);
    expect((await caseOf(ways, life))?.closedAt).not.toBeNull();
  });

  it('finds them by the queries that the operations page names', async () => {
    expect(documented.length).toBeGreaterThanOrEqual(6);
    for (const query of documented) await ways.temporal.workflow.count(query);
    const { count } = await eventually('the list shows what has closed', async () => {
      const found = await ways.temporal.workflow.count(
        `ForbearStage = 'decommissioned' AND ForbearNextAt IS NULL`,
      );
      return found.count > 0 ? found : null;
    });
    expect(count).toBe(1);
  });

  it.skipIf(browserPath === null)('was read in Chromium at every stage', () => {
    expect(pagesRead).toBe(8);
  });
});
