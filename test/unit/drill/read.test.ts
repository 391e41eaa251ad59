import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostBytes, mostLines, readList, UnreadableList } from '../../../src/drill/read.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (text: string, column = 'account') => readList(bytesOf(text), column);
/** What a whole file is refused with. */
function refusalOf(bytes: Uint8Array, column = 'account'): string {
  try {
    readList(bytes, column);
  } catch (error) {
    if (error instanceof UnreadableList) return error.message;
    throw error;
  }
  return 'was read';
}
const good = (line: number, given: string) => ({ line, given, wrong: null });
const lineOf = (word: string) => read(`account\n${word}\n`)[0];

describe('FD-1 the list of a fire drill', () => {
  it.each<[string, Uint8Array, string]>([
    ['with nothing in it', new Uint8Array(), 'the file is empty'],
    ['in UTF-16, little end first', Uint8Array.of(0xff, 0xfe, 0x61, 0), 'is UTF-16'],
    ['in UTF-16, big end first', Uint8Array.of(0xfe, 0xff, 0, 0x61), 'is UTF-16'],
    ['in another encoding', Uint8Array.of(...bytesOf('account\n'), 0xe9), 'is not UTF-8'],
    ['that is no text', bytesOf('account\nac\0me'), 'bytes of value 0'],
    ['without the column', bytesOf('ref,name\nacme,x'), 'no column account: its columns are ref, name'],
    ['with another delimiter', bytesOf('account;name\nacme;x'), 'its columns are account;name'],
    ['with the column in other letters', bytesOf('Account\nacme'), 'no column account'],
    ['with the column twice', bytesOf('account,account\nacme,acme'), 'two columns are named account'],
    ['with a first line only', bytesOf('account\n\n\n'), 'a first line and nothing else'],
    ['of empty lines only', bytesOf('\n\n'), 'its columns are none'],
    ['with a quote that never ends', bytesOf('account\n"acme\nbeta'), 'it is no CSV'],
    ['with text after a quote', bytesOf('account\n"acme"x\n'), 'it is no CSV'],
    ['that is too large', new Uint8Array(mostBytes + 1), `at most ${mostBytes}`],
    ['of too many lines', bytesOf(`account\n${'a\n'.repeat(mostLines + 1)}`), `at most ${mostLines}`],
  ])('is refused as a whole: a file %s', (_, bytes, says) => {
    expect(refusalOf(bytes)).toContain(says);
  });

  it('is read to the last of as many lines as may be', () => {
    expect(read(`account\n${'a\n'.repeat(mostLines)}`)).toHaveLength(mostLines);
  });

  it.each<[string, string]>([
    ['lines of Unix', 'account\nacme\nbeta'],
    ['lines of Windows', 'account\r\nacme\r\nbeta\r\n'],
    ['lines of an old Mac', 'account\racme\rbeta\r'],
    ['a mark of UTF-8 before it', '\ufeffaccount\nacme\nbeta'],
    ['quotes around everything', '"account"\n"acme"\n"beta"'],
    ['blanks around words', 'account\n acme \nbeta\u00a0'],
    ['lines of both kinds', 'account\nacme\r\nbeta'],
  ])('is read with %s', (_, text) => {
    expect(read(text)).toEqual([good(2, 'acme'), good(3, 'beta')]);
  });

  it('goes by the column that was named, wherever it stands', () => {
    expect(read('account,name,customer\nx,y,cus_1', 'customer')).toEqual([good(2, 'cus_1')]);
  });

  it.each(['\n', '\r\n'])('counts lines as an editor does, within quotes too: %j', (end) => {
    const lines = ['account,note', 'acme,"one', 'two"', '', 'beta,"a ""word"", quoted"', 'coal,x'];
    expect(read(lines.join(end))).toEqual([good(2, 'acme'), good(5, 'beta'), good(6, 'coal')]);
  });

  it('says of a line with other columns than the first how many it has, and takes nobody from it', () => {
    expect(read('name,account\nAcme, Inc.,acme\nacme\nAcme,acme')).toEqual([
      { line: 2, given: 'Inc.', wrong: expect.stringContaining('has 3 columns') as string },
      { line: 3, given: '', wrong: expect.stringContaining('has 1 columns') as string },
      good(4, 'acme'),
    ]);
  });

  it.each<[string, string, string]>([
    ['nothing', '""', 'names nobody'],
    ['blanks', '"  "', 'names nobody'],
    ...['=1+1', '+1', '-1', '@acme'].map(
      (word) => [word, word, 'formula'] satisfies [string, string, string],
    ),
    ['a sign of no width', 'ac\u200bme', 'nobody sees'],
    ['a joiner', 'acme\u200d', 'nobody sees'],
    ['a soft hyphen', 'ac\u00adme', 'nobody sees'],
    ['a mark that turns the direction', '\u202eemca', 'nobody sees'],
    ['a mark from right to left', 'acme\u200f', 'nobody sees'],
    ['a line within quotes', '"acme\nbeta"', 'nobody sees'],
    ['a tab within', 'ac\tme', 'nobody sees'],
    ['a bell', 'acme\u0007', 'nobody sees'],
    ['a separator of lines', 'ac\u2028me', 'nobody sees'],
    ['too long a word', 'a'.repeat(256), 'longer than 255'],
  ])('takes nobody from a line with %s', (_, word, says) => {
    expect(lineOf(word)?.wrong).toContain(says);
  });

  it('takes words of any script as they are', () => {
    for (const word of ['a'.repeat(255), 'Müller', '株式会社', 'acme=1', 'a-b', 'حساب'])
      expect(lineOf(word)).toEqual(good(2, word));
  });

  it('gives back every line once, in its order, whatever stands in it', () => {
    const cell = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), (rows) => {
        const text = `account,note\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}\n`;
        const lines = read(text);
        expect(lines.map(({ given }) => given)).toEqual(rows.map(([account]) => account.trim()));
        const numbers = lines.map(({ line }) => line);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      }),
    );
  });
});
