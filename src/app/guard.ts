import { openPaths } from './open-paths.js';
import { createAccessReader, type AccessReader, type ReaderOptions } from './reader.js';
import type { Reading } from './reading.js';
import { verdictOn, type ReadOnlyRule, type Refusal } from './verdict.js';

/** A reader that the app has already, or what it takes to make one. */
export type ReaderSource = { readonly reader: AccessReader } | ReaderOptions;

export type GuardOptions<Request> = ReaderSource & {
  /**
   * Whose request this is: our UUID, `ref:` and your own name of the account, or a Stripe customer's id. Nobody's
   * (`null`, `undefined`) passes. What it throws goes to the app's own handling of errors.
   */
  readonly account: (request: Request) => MaybeAccount | Promise<MaybeAccount>;
  /**
   * When the session of this request was issued: a `Date`, or milliseconds since 1970 (a token's `iat` is in seconds). One
   * that Forbear has ended is answered 401, also where the store of sessions has lost that. Left out, nothing is asked.
   */
  readonly sessionIssuedAt?: (request: Request) => Date | number | null | undefined;
  /** Paths that stay open whatever happens, as `/billing/*`, `/logout`: whole, as the client sent them. */
  readonly allow?: readonly string[];
  /** Paths by which people take their data along, as `/export/*`: open by every method for as long as `allowed.export` holds. */
  readonly exports?: readonly string[];
  /** What a read-only account may do. `block-unsafe` unless told: only GET, HEAD and OPTIONS. */
  readonly readOnly?: ReadOnlyRule;
};
type MaybeAccount = string | null | undefined;

export type Decision = {
  /** `null` for a request of nobody's account. */
  readonly reading: Reading | null;
  /** `null` when the request goes on. */
  readonly refusal: Refusal | null;
};

type Asked<Request> = { readonly request: Request; readonly method: string; readonly path: string };

/** What the middleware of every framework does, without a framework. */
export function createGuard<Request>(
  options: GuardOptions<Request>,
): (asked: Asked<Request>) => Promise<Decision> {
  const reader = readerOf(options);
  const isOpen = openPaths('allow', options.allow);
  const isExport = openPaths('exports', options.exports);
  const { readOnly = 'block-unsafe' } = options;
  return async ({ request, method, path }) => {
    const account = await options.account(request);
    const reading = account === null || account === undefined ? null : await reader.read(account);
    const verdict = verdictOn({
      reading,
      method,
      isOpenPath: isOpen(path),
      isExportPath: isExport(path),
      readOnly,
      sessionIssuedAt: instantOf(options.sessionIssuedAt?.(request)),
    });
    return { reading, refusal: verdict.isPassed ? null : verdict.refusal };
  };
}

function instantOf(issued: Date | number | null | undefined): number | null {
  if (issued === null || issued === undefined) return null;
  const ms = Number(issued);
  if (Number.isNaN(ms)) throw new TypeError('sessionIssuedAt is no date');
  return ms;
}

export function readerOf(source: ReaderSource): AccessReader {
  return 'reader' in source ? source.reader : createAccessReader(source);
}
