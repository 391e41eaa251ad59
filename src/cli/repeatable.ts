import { Option } from 'commander';

/** An option that may be given several times; its values come as a list, in their order. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; repeatable`)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
}
