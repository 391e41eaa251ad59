/** What `load` brings, from its first use on: once for all who ask. A load that fails is tried again by the next call. */
export function loadedOnce<T>(load: () => Promise<T>) {
  let loading: Promise<T> | null = null;
  return {
    get(): Promise<T> {
      loading ??= load().catch((error: unknown) => {
        loading = null;
        throw error;
      });
      return loading;
    },
    /** `null` where it was never asked for. */
    known: (): Promise<T> | null => loading,
  };
}
