import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { advance as Advance } from '../../src/domain/advance.js';
import { asAccountId, asCaseId, asPolicyVersion } from '../../src/domain/ids.js';
import type { Core } from './core.js';
import type { witness as Witness } from '../../src/domain/witness.js';
import { copierOf } from './one-shape.js';
import { soundPorts, type Ports } from './ports.js';

/** A change of the source text of one file, which has to stand there just once. */
export type Edit = { readonly file: string; readonly from: string; readonly to: string };

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

type Exports = Record<string, unknown>;
type Body = (exports: Exports, require: (specifier: string) => Exports) => void;

const sources = new Map<string, string>();
const bodies = new Map<string, Body>();

function sourceOf(file: string): string {
  const source = sources.get(file) ?? readFileSync(join(root, file), 'utf8');
  sources.set(file, source);
  return source;
}

function compile(source: string): Body {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: false,
    },
  });
  // The project's own sources, and nothing else, come here.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return new Function('exports', 'require', outputText) as Body;
}

function bodyOf(file: string, edits: readonly Edit[]): Body {
  const own = edits.filter((edit) => edit.file === file);
  if (own.length > 0) return compile(own.reduce(edited, sourceOf(file)));
  const body = bodies.get(file) ?? compile(sourceOf(file));
  bodies.set(file, body);
  return body;
}

/** Throws when the text is gone, or stands there more than once: a mutant that changes nothing proves nothing. */
function edited(source: string, { file, from, to }: Edit): string {
  const parts = source.split(from);
  if (parts.length !== 2)
    throw new Error(`${JSON.stringify(from)} stands ${parts.length - 1} times in ${file}: mend the mutant`);
  return parts.join(to);
}

// What the workflow's files take from Temporal while they only decide; its other words only name messages there.
const decided: Exports = { patched: () => true, uuid4: () => 'never asked for' };
const temporal = new Proxy(decided, { get: (known, name: string) => known[name] ?? (() => ({})) });

/** The core as its sources say, with some of them changed. */
export function loadCore(edits: readonly Edit[] = [], ports: Partial<Ports> = {}): Core {
  const loaded = new Map<string, Exports>();
  const load = (file: string): Exports => {
    const known = loaded.get(file);
    if (known !== undefined) return known;
    const exports: Exports = {};
    loaded.set(file, exports);
    bodyOf(file, edits)(exports, (specifier) =>
      specifier.startsWith('.') ? load(resolved(file, specifier)) : temporal,
    );
    return exports;
  };
  const parts = [
    'src/domain/breaker.ts',
    'src/domain/case-file.ts',
    'src/domain/fallback.ts',
    'src/domain/judge.ts',
    'src/domain/orders.ts',
    'src/dispatcher/classify.ts',
    'src/guard/brakes.ts',
    'src/guard/change.ts',
    'src/guard/outcome.ts',
    'src/guard/tracks.ts',
    'src/guard/undo.ts',
    'src/guard/warning.ts',
    'workflows/life.ts',
    'src/domain/restrictions.ts',
  ].map(load);
  keepShapes(load);
  const unknown = edits.find(({ file }) => !loaded.has(file));
  if (unknown !== undefined) throw new Error(`${unknown.file} is no part of the core`);
  return { ...(Object.assign({}, ...parts) as Core), ...soundPorts, ...ports };
}

/** What goes into a decision and what comes out of it keeps one shape, however often it is copied in between. */
function keepShapes(load: (file: string) => Exports): void {
  const { newCaseFile } = load('src/domain/case-file.ts') as Pick<Core, 'newCaseFile'>;
  const shaped = copierOf(newCaseFile(asCaseId(''), asAccountId(''), asPolicyVersion('')));
  const witnessing = load('src/domain/witness.ts');
  const { witness } = witnessing as { witness: typeof Witness };
  witnessing['witness'] = ((...known) => shaped(witness(...known))) satisfies typeof Witness;
  const deciding = load('src/domain/advance.ts');
  const { advance } = deciding as { advance: typeof Advance };
  deciding['advance'] = ((file, facts, now) => {
    const { file: decided, act, wakeAt, next } = advance(shaped(file), facts, now);
    return { file: shaped(decided), act, wakeAt, next };
  }) satisfies typeof Advance;
}

function resolved(from: string, specifier: string): string {
  const path = join(root, dirname(from), specifier.replace(/\.js$/, '.ts'));
  return relative(root, path);
}
