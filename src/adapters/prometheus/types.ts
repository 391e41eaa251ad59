/** How events are labelled by type. */
export type TypeLabels = {
  /** All that there are. */
  readonly all: readonly string[];
  /** A type that Forbear doesn't act on is `other`: anybody who may send events can make up types. */
  of(type: string): string;
};

const other = 'other';

export function typeLabels(typesActedOn: readonly string[]): TypeLabels {
  const known = new Set(typesActedOn);
  return { all: [...known, other], of: (type) => (known.has(type) ? type : other) };
}
