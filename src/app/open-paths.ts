/** Whether a path, as the client sent it and without the query, is one of those that were named. */
export type OpenPaths = (path: string) => boolean;

/**
 * Patterns are whole paths: `/logout`. `*` stands for one segment, at the end for all that follows: `/billing/*` is
 * `/billing` and everything below it. Throws a `TypeError`, which names the option, for a pattern that says something else.
 */
export function openPaths(option: 'allow' | 'exports', patterns: readonly string[] = []): OpenPaths {
  const compiled = patterns.map((pattern) => compile(option, pattern));
  return (path) => !isAmbiguous(path) && compiled.some((pattern) => pattern.test(path));
}

/** The path as it stands in an address, not yet tidied up: a router may go by what a URL parser takes away. */
export function pathOf(url: string): string {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? '';
}

function compile(option: string, pattern: string): RegExp {
  const segments = pattern.split('/').slice(1);
  const isOrdinary = segments.every((segment) => segment === '*' || !/[*?#:\\%]|^\.{1,2}$/.test(segment));
  if (!pattern.startsWith('/') || !isOrdinary)
    throw new TypeError(`${option}: ${pattern} is no path: write /logout, /billing/* or /orgs/*/billing.`);
  const isPrefix = segments.at(-1) === '*';
  const fixed = (isPrefix ? segments.slice(0, -1) : segments)
    .map((segment) => (segment === '*' ? '/[^/]+' : `/${escaped(segment)}`))
    .join('');
  return new RegExp(`^${fixed}${isPrefix ? '(?:/.*)?' : '/?'}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.+^${}()|[\]\\-]/g, '\\$&');
}

/** What a router or a proxy behind us may read as another path: `..`, also escaped, an escaped or a reversed slash. */
function isAmbiguous(path: string): boolean {
  return /\/\.{1,2}(\/|$)|%2e|%2f|%5c|\\|\/\//i.test(path);
}
