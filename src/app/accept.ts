/** Whether who asks would rather have a page than JSON: a browser that goes somewhere, as opposed to a script in it. */
export function prefersPage(accept: string | null | undefined): boolean {
  const weights = weightsOf(accept);
  const page = weights.get('text/html') ?? 0;
  const json = Math.max(weights.get('application/json') ?? 0, weights.get('application/problem+json') ?? 0);
  return page > 0 && page >= json;
}

/** `de` where German is preferred to English, else `en`. */
export function preferredLanguage(acceptLanguage: string | null | undefined): 'en' | 'de' {
  const weights = weightsOf(acceptLanguage);
  const weightOf = (language: string) =>
    Math.max(0, ...[...weights].map(([tag, weight]) => (tag.split('-')[0] === language ? weight : 0)));
  return weightOf('de') > weightOf('en') ? 'de' : 'en';
}

function weightsOf(header: string | null | undefined): ReadonlyMap<string, number> {
  const entries = (header ?? '').slice(0, 1_000).split(',');
  return new Map(
    entries.map((entry) => {
      const [name = '', ...parameters] = entry
        .toLowerCase()
        .split(';')
        .map((part) => part.trim());
      const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      const weight = q === undefined ? 1 : Number(q);
      return [name, Number.isFinite(weight) ? weight : 0];
    }),
  );
}
