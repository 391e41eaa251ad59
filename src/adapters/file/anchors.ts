import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AnchorConflict, type AnchorPlace, type KeptAnchor } from '../../ports/anchors.js';

/** Anchors in a file that only grows, one on a line. Its folder has to be there. */
export function createFileAnchors(path: string): AnchorPlace {
  return {
    name: 'file',
    newestAfter: async (seq) => {
      const { newest } = await readEnd(path);
      return newest !== null && newest.seq > seq ? newest : null;
    },
    async keep({ seq, text }) {
      const { newest, isCut } = await readEnd(path);
      if (newest?.text === text) return;
      if (newest !== null && newest.seq >= seq)
        throw new AnchorConflict(`the file of anchors has another anchor ${newest.seq}`);
      // What a power cut left of a line stays, on a line of its own: the file may be one that can only be appended to.
      await append(path, `${isCut ? '\n' : ''}${text}\n`);
    },
  };
}

type End = { readonly newest: KeptAnchor | null; readonly isCut: boolean };

/** The last whole anchor of the file, and whether half a line stands behind it. */
async function readEnd(path: string): Promise<End> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return { newest: null, isCut: false };
  try {
    return await endOf(file);
  } finally {
    await file.close();
  }
}

const chunkBytes = 65_536;
// More than the longest anchor twice over: what is longer than that is no file of ours.
const mostBytes = 16_777_216;

async function endOf(file: FileHandle): Promise<End> {
  const { size } = await file.stat();
  let tail = Buffer.alloc(0);
  for (let from = size; from > 0 && tail.length < mostBytes;) {
    const length = Math.min(chunkBytes, from);
    from -= length;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, from);
    tail = Buffer.concat([buffer, tail]);
    const whole = from === 0 ? tail : tail.subarray(tail.indexOf('\n') + 1);
    const newest = lastAnchor(whole.toString());
    if (newest !== null) return { newest, isCut: tail.at(-1) !== 0x0a };
  }
  return { newest: null, isCut: size > 0 && tail.at(-1) !== 0x0a };
}

/** The last of the lines that ended and is one of ours. */
function lastAnchor(text: string): KeptAnchor | null {
  for (const line of text.split('\n').slice(0, -1).reverse()) {
    const [, seq] = /^\{"seq":(\d+),.*\}$/.exec(line) ?? [];
    if (seq !== undefined) return { seq: Number(seq), text: line };
  }
  return null;
}

async function append(path: string, text: string): Promise<void> {
  const file = await open(path, 'a', 0o640);
  try {
    await file.appendFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  // That the file is there at all is kept by its folder.
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
