import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestMail, readBounce } from '../../../src/adapters/mail/bounces/read.js';
import { ada, bounceSamples, noticeId, otherSamples, report } from '../../support/bounces.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readBounce(bytes(text));

describe('a mail that came back', () => {
  it.each(Object.entries(bounceSamples))(
    'P-4 names whom it did not reach, and why: %s',
    async (_, sample) => {
      const reading = await read(sample.text);
      expect(reading).toMatchObject({ is: 'bounce', failed: sample.failed });
    },
  );

  it.each(Object.entries(bounceSamples))('P-4 names the notice that it is about: %s', async (_, { text }) => {
    const reading = await read(text);
    expect(reading.is === 'bounce' && reading.messageIds[0]).toBe(noticeId);
  });
});

describe('another mail', () => {
  it.each(Object.entries(otherSamples))('P-4 is no bounce: %s', async (_, [text, why]) => {
    expect(await read(text)).toEqual({ is: 'no_bounce', why: expect.stringMatching(why) as string });
  });

  it('P-4 is no bounce when there is nothing in it, or more than any bounce has', async () => {
    expect(await read('')).toMatchObject({ is: 'no_bounce' });
    const genuine = Object.values(bounceSamples)[0]?.text ?? '';
    const padded = new Uint8Array(largestMail + 1).fill(10);
    padded.set(bytes(genuine));
    expect(await readBounce(padded)).toMatchObject({
      is: 'no_bounce',
      why: expect.stringMatching(/larger/) as string,
    });
    expect(await readBounce(padded.subarray(0, largestMail))).toMatchObject({ is: 'bounce' });
  });

  it('P-4 never throws, however deep it is nested or long its headers are', async () => {
    const nested = Array.from(
      { length: 400 },
      (_, depth) => `Content-Type: multipart/mixed; boundary="b${depth}"\n\n--b${depth}\n`,
    );
    expect(await read(nested.join(''))).toEqual({ is: 'no_bounce', why: 'it can’t be read as a mail' });
    expect(await read(`Subject: ${'x'.repeat(300 * 1024)}\n\n`)).toMatchObject({ is: 'no_bounce' });
    expect(await read('Content-Type: multipart/report\n\n--\n----\n')).toMatchObject({ is: 'no_bounce' });
  });

  it('P-4 never throws, whatever its bytes are', async () => {
    const genuine = fc.constantFrom(...Object.values(bounceSamples).map(({ text }) => bytes(text)));
    const mangled = fc
      .tuple(genuine, fc.array(fc.tuple(fc.nat(4_000), fc.integer({ min: 0, max: 255 })), { maxLength: 40 }))
      .map(([text, changes]) => {
        const copy = Uint8Array.from(text);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        return copy;
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mangled, fc.uint8Array({ maxLength: 500 })), async (raw) => {
        const reading = await readBounce(raw);
        expect(['bounce', 'no_bounce']).toContain(reading.is);
      }),
      { numRuns: 300 },
    );
  });

  it('P-4 reads a report about thousands in bounded time and size', async () => {
    const group = `\nFinal-Recipient: rfc822; ${ada}\nAction: failed\nStatus: 5.1.1\n`;
    const reading = await read(report({ head: '', status: `Reporting-MTA: dns; x\n${group.repeat(5_000)}` }));
    expect(reading.is === 'bounce' && reading.failed.length).toBeLessThanOrEqual(200);
    const ids = Array.from({ length: 3_000 }, (_, index) => `Message-ID: <${index}@x>\n`).join('');
    const named = await read(
      report({ head: '', status: `Reporting-MTA: dns; x\n${group}`, back: ['text/rfc822-headers', ids] }),
    );
    expect(named.is === 'bounce' && named.messageIds.length).toBeLessThanOrEqual(20);
  });
});
