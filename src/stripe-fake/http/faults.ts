import { ApiFailure } from '../failure.js';

/** A fault for the next API requests that it fits. */
export interface Fault {
  /** A regular expression on `METHOD /path`; absent: any request. */
  path?: string | undefined;
  status?: 429 | 500 | undefined;
  /** Executes the request, then never answers. */
  timeoutAfterExecution?: boolean | undefined;
  count: number;
  /** Lets so many fitting requests through first. */
  skip?: number | undefined;
}

/** The faults that wait to be hit. */
export class Faults {
  private pending: Fault[] = [];

  add(fault: Fault): void {
    if (fault.path !== undefined) new RegExp(fault.path);
    this.pending.push({ ...fault });
  }

  clear(): void {
    this.pending = [];
  }

  /** The fault that hits this request, used up by one. */
  hit(method: string, path: string): Fault | undefined {
    for (const fault of this.pending) {
      if (fault.path !== undefined && !new RegExp(fault.path).test(`${method} ${path}`)) continue;
      if ((fault.skip ?? 0) > 0) {
        fault.skip = (fault.skip ?? 0) - 1;
        continue;
      }
      fault.count -= 1;
      if (fault.count <= 0) this.pending = this.pending.filter((other) => other !== fault);
      return fault;
    }
    return undefined;
  }
}

export function failureOf(fault: Fault): ApiFailure | undefined {
  if (fault.status === 429) {
    return new ApiFailure(429, 'invalid_request_error', 'Request rate limit exceeded.', {
      code: 'rate_limit',
    });
  }
  if (fault.status === 500) {
    return new ApiFailure(500, 'api_error', 'An unknown error occurred.');
  }
  return undefined;
}
