import { describe, expect, it } from 'vitest';
import { createMails } from '../../src/adapters/mail/mails.js';
import type { ApprovalRequest } from '../../src/ports/mailer.js';
import { linksOf, request, visible, wordsOf } from '../support/mail-samples.js';

const mails = createMails(null);
const render = (change: Partial<ApprovalRequest> = {}) => mails.ofApproval({ ...request, ...change });

describe('a request for approval', () => {
  it.each(['en', 'de'])('says the same in the text and in the HTML: %s', async (language) => {
    for (const change of [{}, { link: null }, { owed: [] }, { plan: { ...request.plan, resources: [] } }]) {
      const { text, html } = await render({ ...change, language });
      expect(wordsOf(visible(html))).toEqual(wordsOf(text));
      expect(linksOf(html)).toEqual(new Set(text.match(/https?:\S+/g)));
      expect(text + html).not.toMatch(/\{\{|null|undefined/);
      expect(text).not.toMatch(/\n{3}|[ \t]\n/);
    }
  });

  it('TT-4 names account, debt, the exact plan resource by resource, what stays, and until when', async () => {
    const { subject, text } = await render();
    expect(subject).toBe('Decide by 24 Dec 2026: deletion for Acme Ltd (acme)');
    for (const part of [
      'Account: Acme Ltd (acme)\nOverdue: 49.00 USD\nPlan: 9f86d081\nYour own code, for nobody else: 7K3M-0QZX\n',
      'To be deleted:\n- deployment web: platform\n- database db:acme-primary: aws-eu\n',
      'Subscriptions that are canceled first:\n- sub_1\n',
      'All that is not listed stays, and so do the invoices and the audit log.',
      'Without your approval by Thursday, 24 December 2026, 09:00 UTC nothing is deleted',
    ])
      expect(text).toContain(part);
  });

  it('tells how to decide: by a page where links are set up, and on the command line', async () => {
    const commands =
      '  forbear case approve acme --plan 9f86d081 --code 7K3M-0QZX\n  forbear case reject acme --plan 9f86d081 --code 7K3M-0QZX\n';
    const withLink = (await render()).text;
    expect(withLink).toContain(`See the plan and decide: ${request.link}`);
    expect(withLink).toContain(`Or decide on the command line:\n${commands}`);
    const without = (await render({ link: null })).text;
    expect(without).not.toContain('http');
    expect(without).toContain(`\nDecide on the command line:\n${commands}`);
  });

  it.each([
    ['cancel', 'Subscriptions that are canceled first:'],
    ['pause', 'Subscriptions whose collection is paused first:'],
  ] as const)('says what becomes of subscriptions: %s', async (collection, words) => {
    const { text } = await render({ plan: { ...request.plan, collection } });
    expect(text).toContain(words);
    expect(text).toContain('sub_1');
    const none = await render({ plan: { ...request.plan, collection, subscriptions: [] } });
    expect(none.text).not.toContain('Subscriptions');
  });

  it('gives a command that can be pasted, whatever the reference holds', async () => {
    const account = { ref: `a'; rm -rf $HOME\nreboot`, name: 'Acme' };
    const { text } = await render({ account });
    expect(text).toContain(
      `  forbear case approve 'a'\\''; rm -rf $HOME reboot' --plan 9f86d081 --code 7K3M-0QZX\n`,
    );
  });

  it('lets nothing that came from outside become markup or a link', async () => {
    const evil = '<script>x</script>';
    const { html } = await render({
      account: { ref: evil, name: evil },
      plan: { ...request.plan, resources: [{ target: evil, id: evil, kind: evil }] },
      link: 'javascript:alert(1)',
    });
    expect(html).not.toMatch(/<script|javascript:/);
  });
});
