import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { checkout } from './stack-folder.js';

type Servers = { readonly chromium?: { readonly path: string } | null };

/** Where set-up found or installed a browser; `null` where none could be had. */
export const browserPath = readPath();

function readPath(): string | null {
  const file = join(checkout, '.forbear', 'servers.json');
  if (!existsSync(file)) return null;
  return (JSON.parse(readFileSync(file, 'utf8')) as Servers).chromium?.path ?? null;
}

export function openBrowser(): Promise<Browser> {
  if (browserPath === null) throw new Error('there is no browser: run npm run setup -- --browser');
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: browserPath, args: ['--disable-gpu', ...sandbox] });
}

/** All that a person can read on a page, also in the frames in which the Web UI shows Markdown. */
export async function textOf(page: Page): Promise<string> {
  const texts = await Promise.all(
    page.frames().map((frame) =>
      // A frame that is just being loaded anew has no text yet; whoever waits for one looks again.
      frame.innerText('body', { timeout: 1_000 }).catch(() => ''),
    ),
  );
  return texts.join('\n');
}
