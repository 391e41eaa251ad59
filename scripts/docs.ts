// Writes what the docs take from the code: `npm run docs`. A test fails while a page is behind.
import { readFileSync, writeFileSync } from 'node:fs';
import { made, pages } from './docs/pages.js';

for (const page of pages) {
  const text = await made(page);
  const isNews = text !== readFileSync(page.path, 'utf8');
  if (isNews) writeFileSync(page.path, text);
  console.log(`${page.path}: ${isNews ? 'written' : 'is as it should be'}`);
}
