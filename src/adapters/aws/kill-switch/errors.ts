import { deepestReason, PortError } from '../../../ports/errors.js';

type Answered = Error & {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
};

const statusOf = ({ $metadata, $response }: Answered) => $metadata?.httpStatusCode ?? $response?.statusCode;

/** How AWS says that there is no such thing. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && /^NoSuchEntity/.test(error.name);

/** How the services say that somebody may not. A wrong key is something else: it says nothing of rights. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && /^(AccessDenied(Exception)?|UnauthorizedOperation)$/.test(error.name);

// What another try may help, although the answer is a 4xx.
const passing =
  /Throttl|TooManyRequests|RequestLimitExceeded|ConcurrentModification|RequestTimeout|RequestExpired|ExpiredToken/;

/** A failure of AWS's client by code. Its messages name principals and actions, and no secrets. */
export function asPortError(what: string, error: unknown): PortError {
  if (error instanceof PortError) return error;
  const answered = error as Answered;
  const status = statusOf(answered);
  const why = `${answered.name ?? 'Error'}: ${deepestReason(error)}`;
  if (/CredentialsProviderError/.test(answered.name))
    return new PortError(
      'TARGET_REFUSED',
      `${what}: there are no credentials for AWS (${deepestReason(error)})`,
      {
        cause: error,
      },
    );
  const isPassing = status === undefined || status >= 500 || passing.test(answered.name);
  return isPassing
    ? new PortError('TARGET_UNAVAILABLE', `${what}: AWS does not answer (${why})`, { cause: error })
    : new PortError('TARGET_REFUSED', `${what}: AWS refuses (${why})`, { cause: error });
}

/** Runs a call; what it fails with is told by code. */
export async function asked<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asPortError(what, error);
  }
}
