/**
 * Copies objects so that all have their fields as `model` has them. Each place in the code that spreads an object makes a
 * shape of its own out of every shape it meets; after a few of them the engine gives up, and each later spread takes ten
 * times as long. What has more fields than the model is left as it is.
 */
export function copierOf<T extends object>(model: T): (one: T) => T {
  const names = Object.keys(model);
  const fields = names.map((name) => `${name}: one.${name}`).join();
  // A literal that is spelt out makes the same shape each time.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const copy = new Function('one', `return { ${fields} };`) as (one: T) => T;
  // A shape is made anew when a field holds something of another kind for the first time: better now than later.
  for (const kind of [0.5, '']) copy(Object.fromEntries(names.map((name) => [name, kind])) as T);
  return (one) => (Object.keys(one).length === names.length ? copy(one) : one);
}
