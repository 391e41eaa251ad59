// Takes the pictures of README and docs, docs/pictures/*.png, from a real run of the demo. Needs a browser: scripts/setup.mjs --browser.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './pictures/browser.mjs';
import { pictureDemo } from './pictures/demo-picture.mjs';
import { startDemo } from './pictures/demo-run.mjs';
import { getIntoTrouble } from './pictures/trouble.mjs';
import { pictureAccount, pictureCodecSettings } from './pictures/web-ui.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs', 'pictures');

async function takePictures(demo, browser) {
  mkdirSync(folder, { recursive: true });
  console.log('Playing the demo, about a minute …');
  await demo.played();
  await pictureDemo(browser, demo.frames, join(folder, 'demo.png'));
  console.log('Getting Cobalt Cargo into trouble again, half a minute …');
  const workflow = await getIntoTrouble(root, demo.stack(), 'cobalt');
  await pictureAccount(browser, workflow, join(folder, 'temporal-account.png'));
  await pictureCodecSettings(browser, workflow, join(folder, 'temporal-codec.png'));
  console.log(`Taken: demo.png, temporal-account.png and temporal-codec.png in ${folder}`);
}

/** Rejects at the first signal; later ones are ignored while everything is being ended. */
function interruption() {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => reject(new Error(`Interrupted by ${signal}; ending everything …`)));
  });
}

const interrupted = interruption();
interrupted.catch(() => {});
const demo = startDemo(root);
let browser;
try {
  browser = await openBrowser(root);
  await Promise.race([takePictures(demo, browser), interrupted]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await demo.stop();
  await browser?.close();
}
