import type { AccountId } from '../../domain/ids.js';
import { chainStart, faultOf, type Link } from '../audit-chain.js';
import type { Db } from '../client.js';
import { sealOf, wordsHash } from '../words.js';
import { wordsErased } from './audit-words.js';
import { readTrails, type TrailRow } from './audit.js';

/** Something that is not as it was written: an entry of an account, or an anchor. */
export type Fault =
  | { readonly account: string; readonly position: number; readonly text: string }
  | { readonly anchor: number; readonly text: string };

export type ChainCounts = { chains: number; entries: number; erased: number };

/** Checks the chains of all accounts, or of one: counts what it sees and yields what is wrong. Holds a page of the log at a time. */
export async function* checkChains(
  db: Db,
  account: AccountId | undefined,
  counts: ChainCounts,
): AsyncGenerator<Fault> {
  let chain: Chain | undefined;
  for await (const row of readTrails(db, { account })) {
    if (chain?.account !== row.account) {
      yield* endOf(chain);
      counts.chains += 1;
      chain = { account: row.account, previous: chainStart, unexplained: null };
    }
    counts.entries += 1;
    if (row.erasedAt !== null) counts.erased += 1;
    yield* checkRow(chain, row);
  }
  yield* endOf(chain);
}

type Chain = {
  readonly account: string;
  previous: Link;
  /** The last entry whose words are gone, and behind which no entry says who erased them. */
  unexplained: number | null;
};

function* checkRow(chain: Chain, row: TrailRow): Generator<Fault> {
  const fault = faultOf(chain.previous, row);
  if (fault !== null) yield { account: row.account, ...fault };
  chain.previous = row;
  const { status } = row.body as Readonly<Record<string, unknown>>;
  if (row.kind === 'note' && status === wordsErased) chain.unexplained = null;
  if (row.erasedAt !== null) chain.unexplained = row.position;
  const text = faultOfWords(row);
  if (text !== null) yield { account: row.account, position: row.position, text };
}

function faultOfWords({ body, words, hasWords }: TrailRow): string | null {
  const seal = sealOf(body);
  if (seal === null) return null;
  if (!hasWords) return 'has lost its words: they were not erased, they were taken out';
  if (words !== null && wordsHash(words) !== seal.wordsHash) return 'has other words than were written';
  return null;
}

function* endOf(chain: Chain | undefined): Generator<Fault> {
  if (chain === undefined || chain.unexplained === null) return;
  const text = 'has no words any more, and no entry says who erased them';
  yield { account: chain.account, position: chain.unexplained, text };
}
