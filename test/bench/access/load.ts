import autocannon from 'autocannon';

export type Target = { readonly url: string; readonly key: string; readonly ids: readonly string[] };

export type Round = {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly wrong: readonly string[];
};

const connections = 64;
// To parse every answer would slow the generator down, and hide what the server costs.
const lookedAtEvery = 20;

/**
 * Asks for all accounts, each connection for its own share of them: over and over for so many seconds, or each account
 * once.
 */
export async function load({ url, key, ids }: Target, seconds: number | 'once'): Promise<Round> {
  const others: string[] = [];
  let next = 0;
  const share = Math.ceil(ids.length / connections);
  const length = seconds === 'once' ? { amount: share * connections } : { duration: seconds };
  const running = autocannon({
    url,
    connections,
    ...length,
    headers: { authorization: `Bearer ${key}` },
    setupClient: (client) => {
      const from = (next++ % connections) * share;
      client.setRequests(ids.slice(from, from + share).map((id, index) => requestOf(id, index, others)));
    },
    verifyBody: (body) => body.startsWith('{"account":{"id":"'),
  });
  // To write a hundred thousand requests down takes seconds, and only afterwards do its own begin.
  let beganAt = performance.now();
  running.once('start', () => (beganAt = performance.now()));
  const result = await running;
  const elapsedSeconds = (performance.now() - beganAt) / 1_000;
  const { non2xx, errors, timeouts, mismatches } = result;
  const bad = { non2xx, errors, timeouts, mismatches, others: others.length };
  const wrong = Object.entries(bad).flatMap(([name, count]) =>
    count === 0 ? [] : [`${count} ${name} at ${url}`],
  );
  return { perSecond: result['2xx'] / elapsedSeconds, p99Ms: result.latency.p99, wrong };
}

function requestOf(id: string, index: number, others: string[]) {
  const path = `/v1/accounts/${id}/access`;
  if (index % lookedAtEvery !== 0) return { path };
  return {
    path,
    onResponse: (_: number, body: string) => {
      const said = JSON.parse(body) as { readonly account: { readonly id: string } };
      if (said.account.id !== id) others.push(said.account.id);
    },
  };
}
