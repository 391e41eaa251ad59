import type { Notice } from '../../domain/notice.js';
import type { ApprovalRequest } from '../../ports/mailer.js';
import { compileMjml, compileText, type Compiled } from './compile.js';
import type { MailTopic } from './duties.js';
import { approvalShape, approvalViewOf } from './letters/approval.js';
import { noticeViewOf } from './letters/notice.js';
import { noOverrides, readOverrides, type Overrides } from './overrides.js';
import type { View } from './template.js';
import { layoutMjml, layoutText } from './templates/layout.js';

export type Mail = { readonly subject: string; readonly text: string; readonly html: string };

/** Makes mails of notices and requests. Text and HTML say the same, and what came from outside is escaped in the HTML. */
export type Mails = {
  ofNotice(notice: Notice): Promise<Mail>;
  ofApproval(request: ApprovalRequest): Promise<Mail>;
};

/** The operator's folder has mistakes; the message names each with its file. */
export class MailsError extends Error {
  override readonly name = 'MailsError';
}

/**
 * Everything that is wrong in a folder of mails, each mistake with its file; empty when it can be used. Meant for the
 * start: loads mjml when the folder has some.
 */
export async function checkMails(folder: string): Promise<readonly string[]> {
  return (await readOverrides(folder)).mistakes;
}

/** Mails in our words and look, with what a folder overrides. Reads and compiles when the first one is made, then never again. */
export function createMails(folder: string | null): Mails {
  const ready = once(() => prepare(folder));
  return {
    async ofNotice(notice) {
      const parts = await ready();
      return mailOf(parts, notice.topic, noticeViewOf(notice, parts.overrides.languages));
    },
    async ofApproval(request) {
      const parts = await ready();
      return mailOf(parts, 'approval', approvalViewOf(request, parts.overrides.languages));
    },
  };
}

type Parts = { readonly overrides: Overrides; readonly html: Compiled; readonly text: Compiled };

async function prepare(folder: string | null): Promise<Parts> {
  const overrides = folder === null ? noOverrides : await readOverrides(folder);
  if (overrides.mistakes.length > 0)
    throw new MailsError(`the mails in ${folder} are not right:\n  ${overrides.mistakes.join('\n  ')}`);
  // The letter's own placeholders are those of every mail; of the two shapes either has them.
  const html = await compileMjml(layoutMjml, approvalShape);
  return { overrides, html, text: compileText(layoutText, approvalShape) };
}

function mailOf(
  { overrides, html, text }: Parts,
  topic: MailTopic,
  view: View & { readonly subject: string; readonly language: string },
): Mail {
  const own = (kind: 'mjml' | 'txt') => overrides.templates.get(`${topic}.${view.language}.${kind}`);
  return { subject: view.subject, text: (own('txt') ?? text)(view), html: (own('mjml') ?? html)(view) };
}

/** Keeps what was made; a failure is forgotten, so that the next call tries anew. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
