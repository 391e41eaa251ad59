type Request = { readonly method: string; readonly path: string; readonly query: URLSearchParams };

/** What is sent: by operation (`GET /v1/invoices/:id`) every parameter, and what is expanded. */
export type Sent = Readonly<Record<string, readonly string[]>>;

/** Below each of Stripe's collections the next word is an id. */
export function operationOf({ method, path }: Request): string {
  const words = path.split('/').map((word, index) => (index === 3 ? ':id' : word));
  return `${method} ${words.join('/')}`;
}

function parametersOf({ query }: Request): string[] {
  return [...query].map(([name, value]) => {
    const counted = name.replace(/\[\d+\]/g, '[]');
    return counted.startsWith('expand') ? `expand=${value}` : counted;
  });
}

export function sentIn(requests: readonly Request[]): Sent {
  const sent = new Map<string, Set<string>>();
  for (const request of requests) {
    const operation = operationOf(request);
    const known = sent.get(operation) ?? new Set();
    sent.set(operation, new Set([...known, ...parametersOf(request)]));
  }
  const rows = [...sent].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(rows.map(([operation, names]) => [operation, [...names].sort()]));
}

/** The operations and parameters of these requests that are not among the listed ones. */
export function unlisted(requests: readonly Request[], listed: Sent): string[] {
  return Object.entries(sentIn(requests)).flatMap(([operation, names]) => {
    const known = listed[operation];
    if (known === undefined) return [operation];
    return names.filter((name) => !known.includes(name)).map((name) => `${operation} ${name}`);
  });
}
