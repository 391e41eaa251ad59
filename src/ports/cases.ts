import type { Agreement } from '../domain/agreement.js';
import type { CaseFile } from '../domain/case-file.js';
import type { AccountId, CustomerId } from '../domain/ids.js';
import type { Instant } from '../domain/time.js';
import type { NextStep } from '../domain/timetable.js';

export type Account = {
  readonly id: AccountId;
  /** The app's own name of the account. */
  readonly ref: string;
  readonly name: string;
  /** Whom notices about debts go to. */
  readonly contacts: readonly string[];
  /** The language of its notices, as an ISO 639-1 code; `null` where the policy's serves. */
  readonly language: string | null;
  readonly customers: readonly CustomerId[];
  readonly tags: readonly string[];
  /** As ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** What it has subscribed to, as the app calls it. */
  readonly plan: string | null;
  /** An IANA name. */
  readonly timeZone: string | null;
  /** Since when it is a customer, as the app knows it. */
  readonly since: Instant | null;
};

export type Accounts = {
  /** Throws `UNKNOWN_ACCOUNT`. */
  read(id: AccountId): Promise<Account>;
  /**
   * Notes that a mail server takes nothing for these addresses, as when a mail to them came back; returns the account with
   * the contacts who stand in for them. Safe to repeat. Throws `UNKNOWN_ACCOUNT`.
   */
  noteRefused(id: AccountId, messageId: string, recipients: readonly string[]): Promise<Account>;
};

/** The projection: what each case last said of itself, for lists, and for a run that has to take over an open case. */
export type Cases = {
  /** The account's case that is not closed, as last saved. */
  open(account: AccountId): Promise<CaseFile | null>;
  /** What was agreed on in the newest case that is closed, where it outlived that. */
  lastAgreement(account: AccountId): Promise<Agreement | null>;
  /**
   * Also keeps the account's billing status, and the case's findings, each once. With a case that closes ends what was
   * claimed for it and never got done: each intent has one outcome. Safe to repeat; a save that comes after a newer one, by
   * `at`, changes nothing.
   */
  save(file: CaseFile, next: NextStep | null, at: Instant): Promise<void>;
};
