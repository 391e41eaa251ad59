import { wholeOf } from './bytes.js';
import { changeIn, type AccessChange } from './change.js';
import { ForbearError } from './errors.js';
import type { AccessReader } from './reader.js';
import { checkSignature, importSecrets, parseSecrets, type SecretKey, type Signed } from './signature.js';

export type ReceiverOptions = {
  /** The endpoint's secret, `whsec_…`; several while it is being replaced. */
  readonly secrets: string | readonly string[];
  /** What the app asks by; it is told before the delivery is acknowledged. */
  readonly reader: AccessReader;
  /** What else is to happen, as closing sessions. It may be called twice for a change: what it throws has it sent again. */
  readonly onChange?: (change: AccessChange) => unknown;
  /** Told of each delivery that was refused. */
  readonly onProblem: (error: ForbearError) => void;
  /** How far the time of signing may be from now. 5 min unless told. */
  readonly toleranceMs?: number;
  /** Milliseconds since 1970. The system's clock unless told. */
  readonly now?: () => number;
};

/** Receives what Forbear pushes (Standard Webhooks) and answers it. */
export type Receiver = {
  /** For whatever speaks in `Request` and `Response`: Hono, Workers, Next.js. */
  respond(request: Request): Promise<Response>;
  /**
   * Takes a delivery, and answers with the status for it: 204, or 400 when it can't be believed. Throws what `onChange`
   * throws, so that it comes again.
   */
  receive(signed: Signed): Promise<204 | 400>;
};

/** Throws a `TypeError` when a secret is none. */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { reader, toleranceMs = 300_000, now = Date.now } = options;
  const secrets = parseSecrets(typeof options.secrets === 'string' ? [options.secrets] : options.secrets);
  let keys: Promise<readonly SecretKey[]> | null = null;

  async function receive(signed: Signed): Promise<204 | 400> {
    try {
      keys ??= importSecrets(secrets);
      await checkSignature(signed, await keys, { nowMs: now(), toleranceMs });
      const change = changeIn(new TextDecoder().decode(signed.body));
      // Another kind of news, or a ping: signed by Forbear, so it has arrived.
      if (change === null) return 204;
      reader.accept(change.answer, change.atMs);
      await options.onChange?.(change);
      return 204;
    } catch (error) {
      if (!(error instanceof ForbearError)) throw error;
      options.onProblem(error);
      return 400;
    }
  }

  return {
    receive,
    async respond(request) {
      if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'POST' } });
      const body = await wholeOf(request.body);
      if (body === null) return new Response(null, { status: 413 });
      const status = await receive({ body, header: (name) => request.headers.get(name) });
      return new Response(null, { status });
    },
  };
}
