import { terminalPage, textOf } from './terminal.mjs';

// What a newcomer should see at once in the table: healthy, reminded, pausing, paused, and given back.
const sights = [
  /^Echo .* – +– /m,
  /\breminded\b.* in \d+ s/,
  / pausing .* draining\b/,
  / paused .* until paid .*→0 locked\b/,
  /\brecovered\b/,
];

/** Takes the frame that shows most at once; of several the last one, which has the most history above it. */
export async function pictureDemo(browser, frames, path) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, deviceScaleFactor: 2 });
  await page.setContent(terminalPage(fullest(frames), 'npm run demo'));
  await page.locator('#window').screenshot({ path });
  await page.close();
}

function fullest(frames) {
  const count = (frame) => sights.filter((sight) => sight.test(textOf(frame))).length;
  const most = Math.max(...frames.map(count));
  if (most < sights.length - 1)
    throw new Error(`The demo showed ${most} of ${sights.length} things at once at most.`);
  return frames.findLast((frame) => count(frame) === most);
}
