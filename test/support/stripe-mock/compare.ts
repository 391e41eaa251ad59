import { hold, type Held, type JsonKind, type Violation } from './hold.js';
import type { Exchange } from './recorder.js';
import { operationOf } from './sent.js';
import { answerSchema, operationFor, type Specification } from './specification.js';

/** What differs between the fake and stripe-mock, or the specification in it. */
export type Difference = {
  /** `resource.field`, or an event's type. */
  readonly at: string;
  readonly is:
    | Violation['is']
    /** stripe-mock shows the field, which may be left out; the fake never does. */
    | 'absent'
    /** One shows an object where the other shows its id, or the like. */
    | 'kind'
    /** An event that Forbear asks for and the fake never raises. */
    | 'unraised';
  readonly value?: string;
};

/** Every violation of the specification by these answers, each once. */
export function violationsIn(spec: Specification, exchanges: readonly Exchange[]): Difference[] {
  return once(exchanges.flatMap((exchange) => holdAnswer(spec, exchange).violations));
}

export function holdAnswer(spec: Specification, { method, path, status, answer }: Exchange): Held {
  const operation = operationFor(spec, method, path);
  if (operation === undefined) throw new Error(`Stripe has no ${method} ${path}`);
  return hold(spec, answerSchema(operation, status < 400), answer, status < 400 ? 'answer' : 'error');
}

export type Pair = { readonly fake: Exchange; readonly mock: Exchange };

/** Sends the same requests to stripe-mock. */
export async function askMock(base: string, exchanges: readonly Exchange[]): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const fake of exchanges) {
    const { method, path, query } = fake;
    const form = method === 'POST';
    const response = await fetch(`${base}${path}${form ? '' : `?${query.toString()}`}`, {
      method,
      headers: { authorization: 'Bearer sk_test_123' },
      ...(form ? { body: query } : {}),
    });
    pairs.push({
      fake,
      mock: { method, path, query, status: response.status, answer: await response.json() },
    });
  }
  return pairs;
}

/** How the shapes of answers differ that both gave to the same successful requests. */
export function shapesDiffer(spec: Specification, pairs: readonly Pair[]): Difference[] {
  const successful = pairs.filter(({ fake, mock }) => fake.status < 400 && mock.status < 400);
  const all = shapesOf(spec, successful);
  const absent = [...all.mock.keys()].filter((at) => !all.fake.has(at) && isMissed(at, all.fake));
  const kinds = groupsOf(successful).flatMap((group) => {
    const { fake, mock } = shapesOf(spec, group);
    return [...mock].flatMap(([at, shown]) => {
      const ours = fake.get(at);
      if (ours === undefined || !areApart(ours, shown)) return [];
      return [{ at, is: 'kind' as const, value: `${named(ours)} instead of ${named(shown)}` }];
    });
  });
  return once([...absent.map((at) => ({ at, is: 'absent' as const })), ...kinds]);
}

type Shape = Map<string, Set<JsonKind>>;

function shapesOf(spec: Specification, pairs: readonly Pair[]): { fake: Shape; mock: Shape } {
  return {
    fake: shapeOf(pairs.map(({ fake }) => holdAnswer(spec, fake))),
    mock: shapeOf(pairs.map(({ mock }) => holdAnswer(spec, mock))),
  };
}

function shapeOf(held: readonly Held[]): Shape {
  const shape: Shape = new Map();
  for (const { seen } of held) {
    for (const [at, kinds] of seen) shape.set(at, new Set([...(shape.get(at) ?? []), ...kinds]));
  }
  return shape;
}

/** What is expanded decides whether an id or an object is shown. */
function groupsOf(pairs: readonly Pair[]): Pair[][] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const expanded = [...pair.fake.query]
      .filter(([name]) => name.startsWith('expand'))
      .map(([, path]) => path);
    const name = [operationOf(pair.fake), ...expanded.sort()].join(' ');
    groups.set(name, [...(groups.get(name) ?? []), pair]);
  }
  return [...groups.values()];
}

/** Not what lies below something that isn't there either, nor what somebody has named himself, as in metadata. */
function isMissed(at: string, fake: Shape): boolean {
  if (at.endsWith('[]') || at.endsWith('.*')) return false;
  const above = at.replace(/(\.[^.[]+|\[\])$/, '');
  const kinds = fake.get(above);
  return above !== at && kinds !== undefined && (kinds.has('object') || kinds.has('array'));
}

function areApart(ours: ReadonlySet<JsonKind>, theirs: ReadonlySet<JsonKind>): boolean {
  const told = [...ours].filter((kind) => kind !== 'null');
  const shown = [...theirs].filter((kind) => kind !== 'null');
  return told.length > 0 && shown.length > 0 && !told.some((kind) => shown.includes(kind));
}

const named = (kinds: ReadonlySet<JsonKind>) => [...kinds].filter((kind) => kind !== 'null').join(' or ');

export function once(differences: readonly Difference[]): Difference[] {
  const known = new Map(differences.map((difference) => [nameOf(difference), difference]));
  return [...known.values()].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

/** `resource.field is unknown`: what a difference is told apart by. */
export const nameOf = ({ at, is, value }: Difference): string =>
  `${at} ${is}${value === undefined ? '' : ` ${value}`}`;
