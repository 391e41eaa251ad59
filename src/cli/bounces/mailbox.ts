import { createReadStream } from 'node:fs';
import { open, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export type FoundMail = { readonly name: string; readonly raw: Uint8Array };

// A Maildir has its mails one level below; deeper lies what nobody exported on purpose.
const deepestFolder = 4;

/**
 * Every mail in an mbox, in a file that is one mail, or in a folder of such files (a Maildir is one), as it is read. Of a mail
 * longer than `most` bytes only so much, and one byte more, is kept.
 */
export async function* mailsIn(path: string, most: number, depth = 0): AsyncGenerator<FoundMail> {
  const found = await stat(path);
  if (found.isFile()) yield* mailsInFile(path, most);
  if (!found.isDirectory() || depth > deepestFolder) return;
  for await (const entry of await opendir(path)) {
    if (entry.name.startsWith('.') || !(entry.isFile() || entry.isDirectory())) continue;
    yield* mailsIn(join(path, entry.name), most, depth + 1);
  }
}

async function* mailsInFile(path: string, most: number): AsyncGenerator<FoundMail> {
  if (await isMbox(path)) {
    let count = 0;
    for await (const raw of mailsOfMbox(createReadStream(path), most))
      yield { name: `${path}#${(count += 1)}`, raw };
    return;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of createReadStream(path, { end: most })) chunks.push(chunk as Uint8Array);
  yield { name: path, raw: Buffer.concat(chunks) };
}

/** By what it holds: exports are called anything. */
async function isMbox(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(5), 0, 5, 0);
    return buffer.subarray(0, bytesRead).toString('latin1') === 'From ';
  } finally {
    await file.close();
  }
}

/** Parts an mbox at its `From ` lines: those at the beginning, or after an empty line. */
export async function* mailsOfMbox(chunks: AsyncIterable<unknown>, most: number): AsyncGenerator<Uint8Array> {
  let mail: string[] | null = null;
  let [size, isAfterEmpty] = [0, true];
  for await (const line of linesOf(chunks, most)) {
    if (isAfterEmpty && line.startsWith('From ')) {
      if (mail !== null) yield bytesOf(mail, most);
      [mail, size] = [[], 0];
    } else if (mail !== null && size <= most) {
      mail.push(line);
      size += line.length + 1;
    }
    isAfterEmpty = line === '' || line === '\r';
  }
  if (mail !== null) yield bytesOf(mail, most);
}

const bytesOf = (lines: readonly string[], most: number) =>
  Buffer.from(lines.join('\n'), 'latin1').subarray(0, most + 1);

/** Lines without their ends, one character a byte; one without an end is cut into pieces. */
async function* linesOf(chunks: AsyncIterable<unknown>, longest: number): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk as Uint8Array).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longest) {
      yield rest;
      rest = '';
    }
  }
  if (rest !== '') yield rest;
}
