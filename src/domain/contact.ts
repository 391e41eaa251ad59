/** What a person is asked or told, in the order in which notices about debts try them. They are for `billing`. */
export const contactRoles = ['billing', 'owner', 'technical', 'other'] as const;
export type ContactRole = (typeof contactRoles)[number];

export type Contact = { readonly role: ContactRole; readonly email: string; readonly name: string | null };

/** For so long an address is not written to after a mail server said that nothing reaches it. */
export const bouncedDays = 90;

/**
 * Whom notices about debts go to: those for billing, else the owners, else nobody. Addresses in `bounced` are left out; only
 * when that leaves none of them do the other roles stand in, as a debt is not everybody's business. An address is named once.
 */
export function debtContacts(
  contacts: readonly Contact[],
  bounced: readonly string[] = [],
): readonly string[] {
  const deaf = new Set(bounced);
  const of = (role: ContactRole) => contacts.filter((one) => one.role === role).map(({ email }) => email);
  const reached = (role: ContactRole) => of(role).filter((email) => !deaf.has(email));
  const roles = contactRoles.filter(
    (role) => isForDebts(role) || of('billing').length + of('owner').length > 0,
  );
  const first = roles.map(reached).find((emails) => emails.length > 0) ?? [];
  return [...new Set(first)];
}

const isForDebts = (role: ContactRole) => role === 'billing' || role === 'owner';
