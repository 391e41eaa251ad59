/** What a person is asked or told. Notices about debts are for `billing`. */
export const contactRoles = ['billing', 'owner', 'technical', 'other'] as const;
export type ContactRole = (typeof contactRoles)[number];

export type Contact = { readonly role: ContactRole; readonly email: string; readonly name: string | null };

/** Whom notices about debts go to: those for billing, else the owners, else nobody. An address is named once. */
export function debtContacts(contacts: readonly Contact[]): readonly string[] {
  const of = (role: ContactRole) => contacts.filter((one) => one.role === role).map(({ email }) => email);
  const billing = of('billing');
  return [...new Set(billing.length > 0 ? billing : of('owner'))];
}
