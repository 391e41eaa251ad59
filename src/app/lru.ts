/** A map that holds at most `limit` entries: the one that was not used for longest goes first. */
export type Lru<T> = {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** In no particular order, and without counting as a use. */
  entries(): Iterable<readonly [string, T]>;
};

export function createLru<T>(limit: number): Lru<T> {
  // A Map keeps the order of insertion, so inserting anew makes an entry the youngest.
  const entries = new Map<string, T>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },
    delete: (key) => void entries.delete(key),
    entries: () => entries,
  };
}
