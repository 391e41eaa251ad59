import { noticeTopics } from '../../domain/notice.js';

/** What mails are about: the topics of notices, and the request for approval. */
export const mailTopics = [...noticeTopics, 'approval'] as const;
export type MailTopic = (typeof mailTopics)[number];

// Their nearest step stands in the announcement, the others in a list.
const announcing: readonly MailTopic[] = ['reminder', 'moved', 'instalment_missed', 'restored', 'final'];
const dated: readonly MailTopic[] = [...announcing, 'limited', 'paused'];
const owing: readonly MailTopic[] = [...dated, 'confirm', 'decommissioned'];

/**
 * What an operator's template leaves out that its mail has to say whatever it looks like. A case counts every date of a
 * notice as told, so each of them must be in it.
 */
export function unsaid(topic: MailTopic, names: readonly string[]): string[] {
  const has = (...anyOf: readonly string[]) => anyOf.some((name) => names.includes(name));
  if (topic === 'approval')
    return has('resources', 'lists')
      ? []
      : ['an approver has to see what is deleted: {{#resources}} or {{#lists}} is missing'];
  const lists =
    has('title') && has('lists') && (!announcing.includes(topic) || has('announcement', 'warning'));
  return [
    ...(has('contact') ? [] : ['every notice names whom to write to: {{contact}} is missing']),
    ...(dated.includes(topic) && !has('when') && !lists
      ? ['this notice names what comes, and when: {{#steps}} with {{when}} and {{what}} is missing']
      : []),
    ...(owing.includes(topic) && !has('payUrl', 'button')
      ? ['this notice links to where it is paid: {{#invoices}} with {{payUrl}} is missing']
      : []),
  ];
}
