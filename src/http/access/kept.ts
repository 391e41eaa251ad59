/** Something kept of an owner, until an instant at the latest. */
export type Keepable = { readonly owner: string; readonly expiresAt: number };

type Entry<V> = { value: V; readonly names: Set<string> | null; movedAt: number };

/** At most `limit` owners' values by any of their names; one that nobody has asked for in a long while goes first. */
export function createKept<V extends Keepable>(limit: number) {
  const byOwner = new Map<string, Entry<V>>();
  const owners = new Map<string, string>();
  let moves = 0;

  /** A Map keeps the order in which it was filled. To move costs more than to find: who is in front stays there. */
  function bringForward(owner: string, entry: Entry<V>): void {
    if (moves - entry.movedAt < limit / 2) return;
    byOwner.delete(owner);
    byOwner.set(owner, entry);
    entry.movedAt = moves += 1;
  }

  function drop(owner: string): void {
    byOwner.get(owner)?.names?.forEach((name) => owners.delete(name));
    byOwner.delete(owner);
  }

  return {
    get(name: string, now: number): V | undefined {
      const owner = owners.get(name) ?? name;
      const entry = byOwner.get(owner);
      if (entry === undefined) return undefined;
      if (now >= entry.value.expiresAt) {
        drop(owner);
        return undefined;
      }
      bringForward(owner, entry);
      return entry.value;
    },
    put(name: string, value: V): void {
      if (limit < 1) return;
      const { owner } = value;
      const known = byOwner.get(owner)?.names ?? null;
      const names = name === owner ? known : (known ?? new Set<string>()).add(name);
      byOwner.delete(owner);
      byOwner.set(owner, { value, names, movedAt: (moves += 1) });
      if (name !== owner) owners.set(name, owner);
      const [oldest] = byOwner.keys();
      if (byOwner.size > limit && oldest !== undefined) drop(oldest);
    },
    drop,
    clear(): void {
      byOwner.clear();
      owners.clear();
    },
    size: () => byOwner.size,
  };
}
