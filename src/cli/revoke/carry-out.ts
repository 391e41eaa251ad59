import type { AccountRow } from '../../db/queries/accounts.js';
import type { RevocationState } from '../../db/queries/revocations.js';
import type { Order, OrderResult } from '../../dispatcher/orders.js';
import { formatInstant } from '../../domain/time.js';
import { atPace, sleep, type Pace } from '../lift/pace.js';

export type Revocation = Pace & {
  readonly run: string;
  readonly by: string;
  readonly reason: string;
  /** How long an account is waited for. */
  readonly waitMs: number;
};

/** `running`: nobody waited any longer, and its case goes on with it. */
export type Result = {
  readonly status: 'revoked' | 'already' | 'refused' | 'running';
  readonly detail: string;
};

type Means = {
  send(to: AccountRow, order: Order<'restrict'>): Promise<OrderResult>;
  look(account: AccountRow): Promise<RevocationState>;
};

const lookEveryMs = 250;

/** Orders it of each case, at a pace, and waits until all of it is off. The results are in the order of the accounts. */
export async function revokeAll(
  accounts: readonly AccountRow[],
  order: Revocation,
  means: Means,
): Promise<readonly { readonly account: AccountRow; readonly result: Result }[]> {
  const results = new Map<AccountRow, Result>();
  await atPace(accounts, order, async (account) => {
    results.set(account, await revokeOne(account, order, means));
  });
  return accounts.flatMap((account) => {
    const result = results.get(account);
    return result === undefined ? [] : [{ account, result }];
  });
}

async function revokeOne(account: AccountRow, order: Revocation, means: Means): Promise<Result> {
  const before = await means.look(account);
  if (isWhole(before)) return { status: 'already', detail: '' };
  const deadline = Date.now() + order.waitMs;
  const sent = await sendUntil(deadline, account, order, means);
  if (sent.status === 'refused') return { status: 'refused', detail: sent.why };
  if (sent.status === 'no_case') return { status: 'refused', detail: 'no case took the order: try again' };
  for (;;) {
    const state = await means.look(account);
    if (isWhole(state)) return { status: 'revoked', detail: '' };
    if (Date.now() >= deadline) return { status: 'running', detail: detailOf(state) };
    await sleep(lookEveryMs);
  }
}

/** Sent again under its one id while nobody answers: a case in the middle of an act takes it up after that. */
async function sendUntil(
  deadline: number,
  account: AccountRow,
  { run, by, reason }: Revocation,
  { send }: Means,
): Promise<OrderResult> {
  const id = `revoke/${run}/${account.id}`;
  for (;;) {
    const sent = await send(account, { kind: 'restrict', id, input: { access: 'revoked', by, reason } });
    if (sent.status !== 'no_answer' || Date.now() >= deadline) return sent;
  }
}

const isWhole = ({ access }: RevocationState) => access === 'revoked';

function detailOf({ access, retryAt, lastRemark }: RevocationState): string {
  const where =
    access === 'revoked_pending' ? 'nobody can sign in, not everything is off yet' : 'not begun yet';
  const next = retryAt === null ? '' : `, tried again ${formatInstant(retryAt, true)}`;
  return `${where}${next}${lastRemark === null ? '' : ` (${lastRemark})`}`;
}

export const isRevoked = ({ status }: Result): boolean => status === 'revoked' || status === 'already';

const sentences: Readonly<Record<Result['status'], string>> = {
  revoked: 'revoked: no sign-in, no sessions, everything off and locked.',
  already: 'was revoked already.',
  refused: 'refused',
  running: 'under way',
};

export function resultText({ status, detail }: Result): string {
  return detail === '' ? sentences[status] : `${sentences[status]}: ${detail}`;
}
