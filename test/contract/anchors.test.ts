import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3Anchors } from '../../src/adapters/aws/anchors.js';
import { createFileAnchors } from '../../src/adapters/file/anchors.js';
import { DAY_MS } from '../../src/domain/time.js';
import { placesKeepTheirWord } from '../support/anchor-places.js';
import { startS3Standin, type S3Standin } from '../support/s3-standin.js';

describe('P-9 anchors in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forbear-anchors-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const fresh = () => join(folder, `${crypto.randomUUID()}.jsonl`);

  placesKeepTheirWord(async () => {
    const path = fresh();
    return Promise.resolve({ place: createFileAnchors(path), again: () => createFileAnchors(path) });
  });

  it('keeps what half a line left, and begins a new one behind it', async () => {
    const path = fresh();
    writeFileSync(path, '{"seq":1,"a":1}\n{"seq":2,"a"');
    const place = createFileAnchors(path);
    expect(await place.newestAfter(0)).toEqual({ seq: 1, text: '{"seq":1,"a":1}' });
    await place.keep({ seq: 2, text: '{"seq":2,"a":2}' });
    expect(readFileSync(path, 'utf8')).toBe('{"seq":1,"a":1}\n{"seq":2,"a"\n{"seq":2,"a":2}\n');
  });

  it('finds the newest in a line of a megabyte', async () => {
    const path = fresh();
    const place = createFileAnchors(path);
    const long = { seq: 2, text: `{"seq":2,"heads":"${'x'.repeat(1_000_000)}"}` };
    await place.keep({ seq: 1, text: '{"seq":1,"a":1}' });
    await place.keep(long);
    expect(await place.newestAfter(0)).toEqual(long);
  });

  it('fails where its folder is not there, and makes none: a disk may not be mounted', async () => {
    const place = createFileAnchors(join(folder, 'nowhere', 'anchors.jsonl'));
    await expect(place.keep({ seq: 1, text: '{"seq":1,"a":1}' })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('P-9 anchors in a bucket with object lock', () => {
  let s3: S3Standin;
  beforeAll(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  });
  afterAll(() => vi.unstubAllEnvs());
  beforeEach(async () => {
    s3 = await startS3Standin();
  });
  afterEach(() => s3.close());

  const now = Date.parse('2026-12-01T00:00:00Z');
  const place = (bucket = 'anchors') =>
    createS3Anchors({
      bucket,
      prefix: 'forbear/',
      region: 'eu-central-1',
      endpoint: s3.url,
      retainMs: 30 * DAY_MS,
      nowMs: () => now,
    });

  placesKeepTheirWord(() => Promise.resolve({ place: place(), again: () => place() }));

  it('locks each so that nobody can delete it before its day, and never writes over one', async () => {
    await place().keep({ seq: 7, text: '{"seq":7,"a":1}' });
    expect(s3.puts).toMatchObject([
      {
        key: 'forbear/0000000007.json',
        headers: {
          'x-amz-object-lock-mode': 'COMPLIANCE',
          'x-amz-object-lock-retain-until-date': '2026-12-31T00:00:00Z',
          'if-none-match': '*',
        },
      },
    ]);
    expect([...s3.objects.values()]).toEqual(['{"seq":7,"a":1}\n']);
    // A bucket with object lock takes nothing without one.
    expect(Object.keys(s3.puts[0]?.headers ?? {}).join()).toMatch(/x-amz-checksum|content-md5|x-amz-trailer/);
  });

  it('fails where the bucket is not there', async () => {
    await expect(place('other').keep({ seq: 1, text: '{"seq":1}' })).rejects.toThrow('NoSuchBucket');
    await expect(place('other').newestAfter(0)).rejects.toThrow('NoSuchBucket');
  });
});
