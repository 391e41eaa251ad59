import { invalid, missingParam } from '../failure.js';
import type { Metadata } from '../state/stored.js';

type Value = string | Value[] | { [key: string]: Value };

const isTree = (value: Value | undefined): value is { [key: string]: Value } =>
  typeof value === 'object' && !Array.isArray(value);

/** `items[0][price]` → ['items', '0', 'price']; `expand[]` → ['expand', '']. */
function keyPath(key: string): string[] {
  const open = key.indexOf('[');
  if (open < 0) return [key];
  return [
    key.slice(0, open),
    ...[...key.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? ''),
  ];
}

function put(tree: { [key: string]: Value }, path: readonly string[], value: string): void {
  let node = tree;
  path.slice(0, -1).forEach((step) => {
    const child = node[step];
    const next: { [key: string]: Value } = isTree(child) ? child : (Object.create(null) as typeof node);
    node[step] = next;
    node = next;
  });
  const last = path.at(-1) ?? '';
  node[last === '' ? String(Object.keys(node).length) : last] = value;
}

/** Maps whose keys are all numbers were arrays before they were sent. */
function arraysBack(value: Value): Value {
  if (!isTree(value)) return value;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => arraysBack(value[key] ?? ''));
  }
  for (const key of keys) value[key] = arraysBack(value[key] ?? '');
  return value;
}

/** Parameters as Stripe reads them from a form or a query: nested by brackets, every leaf a string. */
export class Form {
  private constructor(
    private readonly values: { [key: string]: Value },
    private readonly prefix = '',
  ) {}

  static parse(encoded: string): Form {
    const tree = Object.create(null) as { [key: string]: Value };
    for (const [key, value] of new URLSearchParams(encoded)) put(tree, keyPath(key), value);
    for (const key of Object.keys(tree)) tree[key] = arraysBack(tree[key] ?? '');
    return new Form(tree);
  }

  private named(key: string): string {
    return this.prefix === '' ? key : `${this.prefix}[${key}]`;
  }

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  /** Refuses what the fake doesn't know, as Stripe does: a parameter that is silently ignored would be a lie. */
  allow(...known: string[]): this {
    const unknown = Object.keys(this.values).find((key) => key !== 'expand' && !known.includes(key));
    if (unknown === undefined) return this;
    const param = this.named(unknown);
    throw invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }

  /** Absent and emptied (`''`) are the same here; `cleared` tells them apart. */
  text(key: string): string | undefined {
    const value = this.values[key];
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw invalid('Invalid string', { param: this.named(key) });
    return value;
  }

  cleared(key: string): boolean {
    return this.values[key] === '';
  }

  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw missingParam(this.named(key));
    return value;
  }

  integer(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,15}$/.test(value)) {
      throw invalid(`Invalid integer: ${value}`, {
        code: 'parameter_invalid_integer',
        param: this.named(key),
      });
    }
    return Number(value);
  }

  flag(key: string): boolean | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false') {
      throw invalid(`Invalid boolean: ${value}`, { param: this.named(key) });
    }
    return value === 'true';
  }

  oneOf<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) {
      throw invalid(`Invalid ${this.named(key)}: must be one of ${choices.join(', ')}`, {
        param: this.named(key),
      });
    }
    return choice;
  }

  texts(key: string): string[] | undefined {
    const value = this.values[key];
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw invalid('Invalid array', { param: this.named(key) });
    return value.map((item) => (typeof item === 'string' ? item : ''));
  }

  /** A nested map; an empty one when it is absent. */
  child(key: string): Form {
    const value = this.values[key];
    return new Form(isTree(value) ? value : {}, this.named(key));
  }

  children(key: string): Form[] {
    const value = this.values[key];
    if (!Array.isArray(value)) return [];
    return value.map((item, index) => new Form(isTree(item) ? item : {}, `${this.named(key)}[${index}]`));
  }

  /** Metadata is merged: an empty value removes its key, an empty map removes all. */
  metadata(before: Metadata = {}): Metadata {
    if (this.cleared('metadata')) return {};
    const merged = new Map(Object.entries(before));
    for (const [key, value] of Object.entries(this.child('metadata').values)) {
      if (value === '') merged.delete(key);
      else if (typeof value === 'string') merged.set(key, value);
    }
    return Object.fromEntries(merged);
  }
}
