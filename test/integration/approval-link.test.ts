import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { approveUpdate, workflowIdOf } from '../../workflows/messages.js';
import { forbear } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { sendInvoice, settleIn, sizesOf, untilCase, untilStage, type Life } from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

const approvers = ['zoe@example.com', 'max@example.com'] as const;

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
  approvers: [${approvers.join(', ')}]
dwell: 1s
contact: help@forbear.test
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;

beforeAll(async () => {
  folder = makeTestFolder('link');
  stack = await startStack(stackOptions(folder.path, policy));
  ways = waysInto(stack);
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

/** An account whose deletion waits for approval. */
async function waiting(name: string): Promise<Life> {
  const life = await settleIn(ways, name);
  await sendInvoice(ways, life, 4_900);
  await untilCase(ways, life, 'asked', ({ file }) => file.approval !== null);
  return life;
}

/** The mail that asks this approver. */
async function mailTo(approver: string, { ref }: Life): Promise<string> {
  return eventually(`the mail to ${approver}`, async () => {
    const mails = await ways.mailsTo(approver);
    return mails.find(({ text }) => text.includes(ref))?.text ?? null;
  });
}

/** The link in it. */
async function linkTo(approver: string, life: Life): Promise<string> {
  return /http\S+\/approvals\/[\w.-]+/.exec(await mailTo(approver, life))?.[0] ?? '';
}

const linksOf = ({ settings: { FORBEAR_LINK_SECRET = '' } }: Stack) => ({ FORBEAR_LINK_SECRET });

async function press(link: string, decision: 'approve' | 'reject') {
  const body = new URLSearchParams({ decision, reason: 'they are gone' });
  const answer = await fetch(link, { method: 'POST', body });
  return { status: answer.status, text: (await answer.text()).replaceAll(/\s+/g, ' ') };
}

describe('a link in a mail to an approver', () => {
  it('opens a page that decides nothing, and one click on it deletes what the page has named', async () => {
    const life = await waiting('Gone');
    const link = await linkTo(approvers[0], life);
    const page = await (await fetch(link)).text();
    for (const part of [life.ref, '49.00 USD', 'web', 'jobs', 'spare']) expect(page).toContain(part);
    expect((await untilStage(ways, life, 'decommissioning')).file.approval?.decision).toBeNull();
    expect((await press(link, 'approve')).status).toBe(200);
    await untilStage(ways, life, 'decommissioned');
    expect(await sizesOf(ways, life)).toEqual({});
    expect((await press(await linkTo(approvers[1], life), 'reject')).status).toBe(410);
    const { out } = await forbear(['case', 'history', life.ref], ways.settings);
    expect(out).toMatch(/approved[^]*zoe@example\.com[^]*they are gone[^]*decommission[^]*is whole/);
  });

  it('decides once, whatever two approvers press at the same moment', async () => {
    const life = await waiting('Torn');
    const [zoe, max] = [await linkTo(approvers[0], life), await linkTo(approvers[1], life)];
    const answers = await Promise.all([press(zoe, 'reject'), press(max, 'reject')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410]);
    const { file } = await untilCase(ways, life, 'decided', (row) => Boolean(row.file.approval?.decision));
    const { by } = file.approval?.decision ?? {};
    expect(answers.find(({ status }) => status === 410)?.text).toContain(`rejected by ${by}`);
  });

  it('knows of a decision that came another way', async () => {
    const life = await waiting('Kept');
    const link = await linkTo(approvers[0], life);
    const settings = { ...ways.settings, ...linksOf(stack) };
    const shown = await forbear(['case', 'show', life.ref], settings);
    const plan = /case reject \S+ --plan ([0-9a-f]{8})/.exec(shown.out)?.[1] ?? '';
    const signed = ['--reason', 'they called', '--by', approvers[1]];
    const reject = ['case', 'reject', life.ref, ...signed, '--plan'];
    const wrong = await forbear([...reject, '00000000'], settings);
    expect([wrong.code, wrong.err]).toEqual([4, expect.stringContaining('that is another plan')]);
    const stranger = await forbear([...reject, plan, '--by', 'Sam'], settings);
    expect([stranger.code, stranger.err]).toEqual([4, expect.stringContaining('none of the approvers')]);
    const bare = await forbear([...reject, plan], ways.settings);
    expect([bare.code, bare.err]).toEqual([2, expect.stringContaining('give --code, from your mail')]);
    expect((await forbear([...reject, plan], settings)).code).toBe(0);
    const answer = await press(link, 'approve');
    expect([answer.status, answer.text]).toEqual([
      410,
      expect.stringContaining(`rejected by ${approvers[1]}`),
    ]);
    expect(Object.keys(await sizesOf(ways, life))).toHaveLength(3);
  });

  it('TT-4 stands beside a code that does the same on the command line, where no secret is set, and from the Web UI', async () => {
    const [typed, sent] = [await waiting('Typed'), await waiting('Sent')];
    const command = /forbear (case approve \S+ --plan \S+ --code \S+)/.exec(
      await mailTo(approvers[0], typed),
    );
    const args = [...(command?.[1] ?? '').split(' '), '--reason', 'they are gone'];
    expect(await forbear([...args, '--by', approvers[1]], ways.settings)).toMatchObject({ code: 4 });
    expect(await forbear(args, ways.settings)).toMatchObject({ code: 0, err: '' });
    await untilStage(ways, typed, 'decommissioned');
    const [, plan = '', code = ''] = /--plan (\S+) --code (\S+)/.exec(await mailTo(approvers[1], sent)) ?? [];
    const handle = ways.temporal.workflow.getHandle(workflowIdOf(sent.id));
    const update = (input: { readonly code?: string }) =>
      handle.executeUpdate(approveUpdate, { args: [{ plan, reason: 'they are gone', ...input }] });
    await expect(update({})).rejects.toThrow();
    await expect(update({ code: '0000-0000' })).rejects.toThrow();
    expect(Object.keys(await sizesOf(ways, sent))).toHaveLength(3);
    await update({ code });
    await untilStage(ways, sent, 'decommissioned');
    const { out } = await forbear(['case', 'history', sent.ref], ways.settings);
    expect(out).toMatch(/approve refused: the code is wrong[^]*max@example\.com[^]*is whole/);
  });
});
