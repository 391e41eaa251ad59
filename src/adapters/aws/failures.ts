import { deepestReason, PortError } from '../../ports/errors.js';

// What passes by itself: throttling, a platform that is busy with this very resource, credentials that have just ended.
const passing =
  /throttl|toomanyrequests|(request|bandwidth)limitexceeded|slowdown|unavailable|internal|timeout|incorrect(instance)?state|invaliddb(instance|cluster)state|(activity|operation|update)inprogress|resourcecontention|conflict|operationaborted|expiredtoken|requestexpired|insufficient\w*capacity/i;

const vanished =
  /^(InvalidInstanceID\.(NotFound|Malformed)|ServiceNotFound(Exception)?|ServiceNotActiveException|ClusterNotFoundException|DBInstanceNotFound(Fault)?|DBClusterNotFoundFault|ResourceNotFoundException|NoSuchBucket|NoSuchEntity(Exception)?)$/;

type AwsError = Error & { readonly $metadata?: { readonly httpStatusCode?: number } };

/** Whether AWS says that what was asked for is no more. Auto Scaling has only a sentence for it. */
export const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  (vanished.test(error.name) || (error.name === 'ValidationError' && /not found/i.test(error.message)));

/** What AWS says "no" to is a refusal; everything else may be otherwise in a minute. */
export async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PortError) throw error;
    const reason = isAnswer(error) ? answerOf(error) : deepestReason(error);
    const code = isAnswer(error) && isRefusal(error) ? 'TARGET_REFUSED' : 'TARGET_UNAVAILABLE';
    throw new PortError(code, `${name}: ${reason}`, { cause: error });
  }
}

const isAnswer = (error: unknown): error is AwsError =>
  error instanceof Error && (error as AwsError).$metadata?.httpStatusCode !== undefined;

function isRefusal({ name, $metadata }: AwsError): boolean {
  const status = $metadata?.httpStatusCode ?? 0;
  // A success that can't be read comes as an error, too.
  return status >= 400 && status < 500 && status !== 408 && status !== 429 && !passing.test(name);
}

// AWS's own sentences are longer only where they carry an encoded report, which is for a decoder.
const longestReason = 300;

const answerOf = ({ name, message }: AwsError) => `${name}: ${message}`.slice(0, longestReason);
