import type { Account, AccountPage } from './accounts.js';
import {
  accessLevels,
  billingStatuses,
  nextSteps,
  restrictionReasons,
  type AccessAnswer,
  type AccessLevel,
  type Problem,
} from './contract.js';
import { webAddress } from './web-address.js';

/** A value is not what the contract says; the message names where, and never the value. */
export class Mismatch extends Error {}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
// What may stand between the quotes of an entity tag: the version goes back to Forbear in a header.
const version = /^[\x21\x23-\x7e]{1,200}$/;

/** Takes over what the contract names and nothing else. Throws `Mismatch`. */
export function parseAccess(value: unknown): AccessAnswer {
  const answer = record(value, 'the answer');
  const account = record(answer.account, 'account');
  const access = oneOf(accessLevels, answer.access, 'access');
  return {
    account: { id: matching(uuid, account.id, 'account.id'), ref: text(account.ref, 'account.ref') },
    version: matching(version, answer.version, 'version'),
    access,
    billingStatus: oneOf(billingStatuses, answer.billingStatus, 'billingStatus'),
    reasons: list(answer.reasons, 'reasons').map((reason) => oneOf(restrictionReasons, reason, 'reasons')),
    allowed: parseAllowed(answer.allowed, access),
    // A Forbear that knows of no plans leaves the app to the one it sold.
    plan: answer.plan === null || answer.plan === undefined ? null : parsePlan(answer.plan),
    nextStep: answer.nextStep === null ? null : parseNextStep(answer.nextStep),
    // A Forbear that ends no sessions says nothing of them.
    sessionsEndedAt:
      answer.sessionsEndedAt === null || answer.sessionsEndedAt === undefined
        ? null
        : parseInstant(answer.sessionsEndedAt, 'sessionsEndedAt'),
    payUrl: answer.payUrl === null ? null : address(answer.payUrl, 'payUrl'),
  };
}

/**
 * A Forbear from before `export` said `read` also where only the export was left. Taken at its word it would open a
 * suspended account, and not taken it would close the export: so what it says is read as it was meant.
 */
function parseAllowed(value: unknown, access: AccessLevel): AccessAnswer['allowed'] {
  const allowed = record(value, 'allowed');
  const read = truth(allowed.read, 'allowed.read');
  const rest = {
    write: truth(allowed.write, 'allowed.write'),
    grow: truth(allowed.grow, 'allowed.grow'),
    run: truth(allowed.run, 'allowed.run'),
  };
  if (allowed.export === undefined) return { read: read && readable.has(access), ...rest, export: read };
  return { read, ...rest, export: truth(allowed.export, 'allowed.export') };
}

const readable: ReadonlySet<AccessLevel> = new Set(['active', 'grace_period', 'read_only']);

function parsePlan(value: unknown): NonNullable<AccessAnswer['plan']> {
  const plan = record(value, 'plan');
  const limits = Object.entries(record(plan.limits, 'plan.limits'));
  return {
    name: text(plan.name, 'plan.name'),
    limits: Object.fromEntries(limits.map(([name, limit]) => [name, number(limit, 'plan.limits')])),
  };
}

function parseNextStep(value: unknown): NonNullable<AccessAnswer['nextStep']> {
  const next = record(value, 'nextStep');
  return { step: oneOf(nextSteps, next.step, 'nextStep.step'), at: parseInstant(next.at, 'nextStep.at') };
}

export function parseAccount(value: unknown): Account {
  const account = record(value, 'the account');
  return {
    id: matching(uuid, account.id, 'id'),
    ref: text(account.ref, 'ref'),
    name: text(account.name, 'name'),
    customers: list(account.customers, 'customers').map((customer) => text(customer, 'customers')),
    access: oneOf(accessLevels, account.access, 'access'),
    billingStatus: oneOf(billingStatuses, account.billingStatus, 'billingStatus'),
  };
}

export function parseAccountPage(value: unknown): AccountPage {
  const page = record(value, 'the answer');
  return {
    accounts: list(page.accounts, 'accounts').map(parseAccount),
    next: page.next === null ? null : text(page.next, 'next'),
  };
}

export function parseProblem(value: unknown): Problem {
  const problem = record(value, 'the problem');
  return {
    type: text(problem.type, 'type'),
    title: text(problem.title, 'title'),
    status: number(problem.status, 'status'),
    detail: text(problem.detail, 'detail'),
  };
}

export function record(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new Mismatch(`${name} is not an object`);
}

export function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new Mismatch(`${name} is not a text`);
}

/** An instant as the contract writes it: UTC, ISO 8601. */
export function parseInstant(value: unknown, name: string): string {
  const at = matching(instant, value, name);
  if (Number.isNaN(Date.parse(at))) throw new Mismatch(`${name} is no date`);
  return at;
}

function truth(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Mismatch(`${name} is neither true nor false`);
}

function number(value: unknown, name: string): number {
  if (typeof value === 'number') return value;
  throw new Mismatch(`${name} is not a number`);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Mismatch(`${name} is not a list`);
}

function oneOf<T extends string>(known: readonly T[], value: unknown, name: string): T {
  const found = known.find((item) => item === value);
  if (found === undefined) throw new Mismatch(`${name} is not one of ${known.join(', ')}`);
  return found;
}

function matching(pattern: RegExp, value: unknown, name: string): string {
  const given = text(value, name);
  if (pattern.test(given)) return given;
  throw new Mismatch(`${name} is not of the form that was agreed on`);
}

function address(value: unknown, name: string): string {
  const given = webAddress(text(value, name));
  if (given === null) throw new Mismatch(`${name} is not a web address`);
  return given;
}
