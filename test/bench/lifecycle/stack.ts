import { startStack } from '../../../src/dev/stack.js';
import { makeTestFolder } from '../../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../../support/stack.js';
import type { Workbench } from '../workbench.js';

export type OpenStack = { readonly ways: Ways; close(): Promise<void> };

/** A whole stack as `forbear dev` starts it, in a folder and on ports of its own. */
export async function openStack(bench: Workbench, name: string, policy: string): Promise<OpenStack> {
  const folder = makeTestFolder(`bench-${name}`);
  bench.atEnd(() => folder.remove());
  bench.say(`starting a stack for ${name}`);
  const starting = startStack(stackOptions(folder.path, policy, { say: bench.say }), bench.halt);
  bench.atEnd(async () => {
    const stack = await starting.catch(() => null);
    await stack?.stop();
  });
  const stack = await starting;
  const ways = waysInto(stack);
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= ways.close());
  bench.atEnd(close);
  return {
    ways,
    async close() {
      await close();
      await stack.stop();
    },
  };
}
