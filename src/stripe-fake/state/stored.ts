/**
 * What the fake keeps: Stripe's own types, with every reference narrowed to an id, so that the compiler holds our shapes
 * against the published API. Fields named `fake` are ours and never leave the process.
 */
export type Stored<T, Narrowed> = Omit<T, keyof Narrowed> & Narrowed;

export interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

export type Metadata = Record<string, string>;
