import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompileError, compileMjml, compileText, type Compiled } from './compile.js';
import { unsaid, mailTopics, type MailTopic } from './duties.js';
import { approvalShape } from './letters/approval.js';
import { noticeShape } from './letters/notice.js';
import { namesIn, parseTemplate } from './template.js';
import { missingWords, readWords } from './words/check.js';
import { builtIn, type Languages, type Words } from './words/words.js';

/** What an operator's folder changes, and what is wrong in it, each mistake with its file. */
export type Overrides = {
  readonly languages: Languages;
  /** By file name, such as `reminder.de.mjml`. */
  readonly templates: ReadonlyMap<string, Compiled>;
  readonly mistakes: readonly string[];
};

export const noOverrides: Overrides = { languages: builtIn, templates: new Map(), mistakes: [] };

type File = { readonly name: string; readonly content: string };

/** Reads and checks the whole folder. Never throws: what can't be read is a mistake like any other. */
export async function readOverrides(folder: string): Promise<Overrides> {
  const { files, mistakes } = await readFiles(folder);
  const words = readLanguages(files.filter(({ name }) => wordsFile.test(name)));
  const templates = await readTemplates(
    files.filter(({ name }) => !wordsFile.test(name)),
    words.languages,
  );
  return {
    languages: words.languages,
    templates: templates.compiled,
    mistakes: [...mistakes, ...words.mistakes, ...templates.mistakes],
  };
}

async function readFiles(folder: string): Promise<{ files: File[]; mistakes: string[] }> {
  try {
    // Where a folder is mounted from a ConfigMap, Kubernetes keeps its own entries in it, which begin with a dot.
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
    const read = async (name: string) => ({ name, content: await readFile(join(folder, name), 'utf8') });
    return { files: await Promise.all(names.map(read)), mistakes: [] };
  } catch (error) {
    return { files: [], mistakes: [`${folder} can't be read: ${(error as NodeJS.ErrnoException).code}`] };
  }
}

const language = '[a-z]{2,3}(?:-[a-z0-9]+)*';
const wordsFile = new RegExp(`^words\\.(${language})\\.json$`);
const templateFile = new RegExp(`^(${mailTopics.join('|')})\\.(${language})\\.(mjml|txt)$`);

function readLanguages(files: readonly File[]): { languages: Languages; mistakes: string[] } {
  const languages = new Map<string, Words>(builtIn);
  const languagesFirst = [...files].sort((a, b) => a.name.length - b.name.length);
  const mistakes = languagesFirst.flatMap(({ name, content }) => {
    const [, code = ''] = wordsFile.exec(name) ?? [];
    const read = readWords(content);
    // A region's words change those of its language.
    const base = languages.get(code) ?? languages.get(code.split('-')[0] ?? '');
    const words = { ...base, ...read.words };
    const missing = missingWords(words);
    if (missing.length === 0) languages.set(code, words as Words);
    const lack = `a new language needs every word, and this one lacks ${missing.join(', ')}`;
    return [...read.mistakes, ...(read.mistakes.length === 0 && missing.length > 0 ? [lack] : [])].map(
      (mistake) => `${name}: ${mistake}`,
    );
  });
  return { languages, mistakes };
}

async function readTemplates(files: readonly File[], languages: Languages) {
  const compiled = new Map<string, Compiled>();
  const mistakes: string[] = [];
  for (const { name, content } of files) {
    try {
      compiled.set(name, await compileFile(name, content, languages));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      mistakes.push(...error.mistakes.map((mistake) => `${name}: ${mistake}`));
    }
  }
  return { compiled, mistakes };
}

async function compileFile(name: string, content: string, languages: Languages): Promise<Compiled> {
  const [, topic, code = '', kind] = templateFile.exec(name) ?? [];
  if (topic === undefined)
    throw new CompileError([
      `unknown file: names are <topic>.<language>.mjml, <topic>.<language>.txt and words.<language>.json, topics ${mailTopics.join(', ')}`,
    ]);
  if (!languages.has(code))
    throw new CompileError([`nothing is said in ${code}: add words.${code}.json with every word`]);
  const shape = topic === 'approval' ? approvalShape : noticeShape;
  const compiled = kind === 'mjml' ? await compileMjml(content, shape) : compileText(content, shape);
  const missing = unsaid(topic as MailTopic, namesIn(parseTemplate(content)));
  if (missing.length > 0) throw new CompileError(missing);
  return compiled;
}
