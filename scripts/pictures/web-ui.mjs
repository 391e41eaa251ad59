import { setTimeout as sleep } from 'node:timers/promises';

// So wide that a workflow's id stands on one line, and higher than the content, which the picture is cut to.
const viewport = { width: 1480, height: 1400 };
const detailsMs = 30_000;

/** Takes a paused account's page as a supporter sees it: the tab "User Metadata" of its workflow, at the address `workflow`. */
export async function pictureAccount(browser, workflow, path) {
  // Light, because the details can't be read in the dark theme of the Web UI 2.42: black on black.
  const page = await browser.newPage({ viewport, deviceScaleFactor: 1.5, colorScheme: 'light' });
  await page.goto(`${workflow}/user-metadata`);
  await detailsShown(page);
  await unfoldFrames(page);
  // The Web UI adds events as they happen: a picture that was overtaken by one would be cut in the middle of it.
  for (let height = 0, end = await contentEnd(page); height !== end; end = await contentEnd(page)) {
    height = end;
    await page.screenshot({ path, clip: { x: 0, y: 0, width: viewport.width, height } });
  }
  await page.close();
}

/** Takes the Web UI's codec settings, filled in as docs/privacy.md has it; nothing of it is applied. `ui` is any of its pages. */
export async function pictureCodecSettings(browser, ui, path) {
  const page = await browser.newPage({ viewport, deviceScaleFactor: 1.5, colorScheme: 'light' });
  await page.goto(ui);
  const glasses = page.getByTestId(/^data-encoder-status/).first();
  await glasses.click();
  const choice = (name) => page.getByRole('button', { name });
  await choice('Use Cluster-level setting').click();
  await page.getByText('Use my browser setting and ignore Cluster-level setting').click();
  await choice('Use my browser setting').click();
  await page.getByTestId('data-encoder-endpoint-input').fill('https://forbear.example.com/codec');
  await page.getByText('Include cross-origin credentials').click();
  await choice('Apply').focus();
  // The panel slides open.
  await sleep(500);
  const { y, height } = await glasses.boundingBox();
  await page.screenshot({ path, clip: { x: 0, y: 0, width: viewport.width, height: y + height + 12 } });
  await page.close();
}

/** The details are Markdown, rendered in frames of their own; the current ones come from the worker, so they come late. */
async function detailsShown(page) {
  const deadline = Date.now() + detailsMs;
  for (;;) {
    const texts = await Promise.all(page.frames().map((frame) => textOf(frame)));
    if (texts.some((text) => /paused/i.test(text))) return;
    if (Date.now() > deadline) throw new Error(`The Web UI showed no current details at ${page.url()}`);
    await sleep(250);
  }
}

/** Empty for a frame that is just being loaded anew. */
async function textOf(frame) {
  if (frame === frame.page().mainFrame()) return '';
  return frame.evaluate(() => document.body?.innerText ?? '').catch(() => '');
}

/** The Web UI forgets the margins when it measures its frames; whoever reads scrolls them, a picture can't. */
async function unfoldFrames(page) {
  await page.evaluate(() => {
    for (const frame of document.querySelectorAll('iframe'))
      frame.height = `${frame.contentDocument.documentElement.scrollHeight}px`;
  });
  await sleep(500);
}

/** Where the lowest text ends, in pixels, with a margin; what floats over the page does not count. */
async function contentEnd(page) {
  const lowest = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.querySelector('#content'), NodeFilter.SHOW_ELEMENT);
    let bottom = 0;
    for (let element = walker.currentNode; element; element = walker.nextNode()) {
      const holdsText = [...element.childNodes].some(
        ({ nodeType, data }) => nodeType === 3 && data.trim() !== '',
      );
      if (!holdsText && element.tagName !== 'IFRAME') continue;
      bottom = Math.max(bottom, element.getBoundingClientRect().bottom);
    }
    return bottom;
  });
  return Math.min(viewport.height, Math.ceil(lowest) + 24);
}
