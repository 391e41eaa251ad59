import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAnchorBuckets } from '../../src/forbear-file.js';

const folder = mkdtempSync(join(tmpdir(), 'forbear-anchor-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(anchors: unknown) {
  const path = join(folder, 'forbear.yaml');
  writeFileSync(path, JSON.stringify({ targets: [], anchors }));
  return readAnchorBuckets(path);
}

describe('P-9 the buckets of anchors in forbear.yaml', () => {
  it('are none without a word, and keep each anchor for ten years', () => {
    expect(readAnchorBuckets(undefined)).toEqual([]);
    expect(read(undefined)).toEqual([]);
    expect(read([{ kind: 's3', bucket: 'anchors' }])).toEqual([
      { kind: 's3', bucket: 'anchors', prefix: 'forbear-anchors/', retainDays: 3_650 },
    ]);
  });

  it.each([
    [{ kind: 's3' }, 'anchors.0.bucket'],
    [{ kind: 's3', bucket: 'Not A Bucket' }, 'is the name of a bucket'],
    [{ kind: 's3', bucket: 'anchors', retainDays: 0 }, 'anchors.0.retainDays'],
    [{ kind: 's3', bucket: 'anchors', secretKey: 'x' }, 'secretKey'],
    [{ kind: 's3', bucket: 'anchors', endpoint: 'minio:9000' }, 'http://'],
  ])('%o is refused with a sentence', (entry, says) => {
    expect(() => read([entry])).toThrow(says);
  });
});
