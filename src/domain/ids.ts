declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Our own id of an account: a UUID, free of personal data, so it may stand in workflow ids and search attributes. */
export type AccountId = Branded<'AccountId'>;
/** One episode of trouble of one account; made once, at the case's opening. */
export type CaseId = Branded<'CaseId'>;
export type CustomerId = Branded<'CustomerId'>;
export type InvoiceId = Branded<'InvoiceId'>;
export type SubscriptionId = Branded<'SubscriptionId'>;
/** A request to delete, with its exact plan. */
export type ApprovalId = Branded<'ApprovalId'>;
/** The hash of a policy's content. */
export type PolicyVersion = Branded<'PolicyVersion'>;

/** Names an id that a border has already checked. Does not check anything itself. */
export const asAccountId = (value: string) => value as AccountId;
export const asCaseId = (value: string) => value as CaseId;
export const asCustomerId = (value: string) => value as CustomerId;
export const asInvoiceId = (value: string) => value as InvoiceId;
export const asSubscriptionId = (value: string) => value as SubscriptionId;
export const asApprovalId = (value: string) => value as ApprovalId;
export const asPolicyVersion = (value: string) => value as PolicyVersion;
