import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const quiet = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser that set-up has found. To end it is left to the caller, also on Ctrl-C. */
export function openBrowser(root) {
  const executablePath = recordedIn(root) ?? process.env.CHROMIUM_PATH ?? chromiumOnPath();
  if (!executablePath) throw new Error('There is no browser: install Chromium or set CHROMIUM_PATH.');
  const args = process.getuid() === 0 ? [...quiet, '--no-sandbox'] : quiet;
  const handlers = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({ executablePath, args, ...handlers });
}

function recordedIn(root) {
  const file = join(root, '.forbear', 'servers.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).chromium?.path : undefined;
}

// Set-up's own search can't be used: importing it makes every signal end this process at once.
function chromiumOnPath() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path));
}
