// The package brings no types; these are of what the bench uses.
declare module 'autocannon' {
  type Request = {
    readonly path: string;
    readonly onResponse?: (status: number, body: string) => void;
  };
  type Client = { setRequests(requests: readonly Request[]): void };
  type Result = {
    readonly '2xx': number;
    readonly non2xx: number;
    readonly errors: number;
    readonly timeouts: number;
    readonly mismatches: number;
    readonly latency: { readonly p99: number; readonly p50: number };
  };
  function autocannon(options: {
    readonly url: string;
    readonly connections: number;
    readonly duration?: number;
    readonly amount?: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly setupClient: (client: Client) => void;
    readonly verifyBody: (body: string) => boolean;
  }): PromiseLike<Result> & { once(event: 'start', begun: () => void): void };
  export = autocannon;
}
