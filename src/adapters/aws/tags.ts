/** Whose a resource is: the app's own name of the account. Set by the operator. */
export const accountTag = 'forbear:account';
/** On what is locked. */
export const lockedTag = 'forbear:locked';
/** The number of the newest claim under which a resource was acted on. */
export const fenceTag = 'forbear:fence';

export type Tags = ReadonlyMap<string, string>;

type Pair = { readonly Key?: string | undefined; readonly Value?: string | undefined };

/** The tags as most services list them. */
export const tagsOf = (pairs: readonly Pair[] = []): Tags =>
  new Map(pairs.map(({ Key = '', Value = '' }) => [Key, Value]));

/** What an order leaves on a resource; what is absent stays as it is. */
export type Marks = { readonly locked?: boolean; readonly fence?: number };

/** As tags to set and keys to take away. Pure. */
export function changesFor({ locked, fence }: Marks): {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
} {
  return {
    set: {
      ...(locked === true && { [lockedTag]: 'true' }),
      ...(fence !== undefined && { [fenceTag]: String(fence) }),
    },
    remove: locked === false ? [lockedTag] : [],
  };
}

/** The highest fence that a resource remembers; 0 for none. */
export function fenceOf(tags: Tags): number {
  const fence = Number(tags.get(fenceTag) ?? 0);
  return Number.isSafeInteger(fence) ? fence : 0;
}
