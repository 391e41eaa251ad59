import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf, literalOf, whyRefused } from '../../src/adapters/http/addresses.js';

const reachOf = (address: string) => kindOf(address).reach;

const groupsOf = (ipv4: string) => {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':');
};

/** Every way in which an address of IPv6 stands for one of IPv4. */
const standingFor = (ipv4: string) => [
  `::ffff:${ipv4}`,
  `::ffff:${groupsOf(ipv4)}`,
  `0:0:0:0:0:FFFF:${groupsOf(ipv4)}`,
  `::ffff:0:${ipv4}`,
  `64:ff9b::${ipv4}`,
  `2002:${groupsOf(ipv4)}::1`,
];

const ipv4s = fc.ipV4();

describe('where a request to a target may go', () => {
  it.each([
    [
      'public',
      '1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0',
    ],
    [
      'public',
      '100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 223.255.255.255',
    ],
    ['public', '2606:4700:4700::1111 2a00:1450:4001:80b::200e 2001:200::1'],
    ['private', '10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255'],
    ['private', '100.64.0.0 100.127.255.255 198.18.0.1 127.0.0.1 127.255.255.255 ::1'],
    ['private', 'fc00::1 fd00:ec2::253 fdff:ffff::1 fec0::1 64:ff9b:1::a00:1'],
    ['never', '169.254.169.254 169.254.0.0 169.254.255.255 fe80::1 fe80::1%eth0 febf::1'],
    ['never', 'fd00:ec2::254 FD00:0EC2:0:0::254 fd20:ce::254 100.100.100.200 168.63.129.16'],
    ['never', '0.0.0.0 0.1.2.3 :: 224.0.0.1 239.255.255.255 ff02::1 255.255.255.255 240.0.0.1'],
    ['never', '192.0.0.192 192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1 2001::1 4000::1 100::1'],
    ['never', '::2:0:0:1 no-address'],
  ] as const)('%s: %s', (reach, addresses) => {
    for (const address of addresses.split(' '))
      expect(`${address} ${reachOf(address)}`).toBe(`${address} ${reach}`);
  });

  it('takes an address of IPv6 that stands for one of IPv4 for that one', () => {
    for (const address of standingFor('169.254.169.254')) expect(reachOf(address)).toBe('never');
    for (const address of standingFor('10.1.2.3')) expect(reachOf(address)).toBe('private');
    for (const address of [...standingFor('127.0.0.1'), '::7f00:1']) expect(reachOf(address)).toBe('private');
    fc.assert(
      fc.property(ipv4s, (address) => {
        for (const one of standingFor(address)) expect(kindOf(one)).toEqual(kindOf(address));
      }),
    );
  });

  it('calls every address of the private networks private, and none of them public', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const inside = fc.oneof(
      fc.tuple(fc.constant(10), byte, byte, byte),
      fc.tuple(fc.constant(127), byte, byte, byte),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
      fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
    );
    const uniqueLocal = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 7, maxLength: 7 })
      .chain((rest) =>
        fc
          .integer({ min: 0xfc00, max: 0xfdff })
          .map((head) => [head, ...rest].map((one) => one.toString(16)).join(':')),
      );
    const addresses = fc.oneof(
      inside.map((bytes) => bytes.join('.')),
      uniqueLocal,
    );
    fc.assert(
      fc.property(addresses, (address) => {
        expect(reachOf(address)).toBe('private');
      }),
    );
  });

  it('has an answer for every address, however it is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), ipv4s), (address) => {
        const written = address.includes(':')
          ? new URL(`http://[${address}]`).hostname.slice(1, -1)
          : address;
        expect(kindOf(address)).toEqual(kindOf(written));
      }),
    );
  });

  it.each([
    'http://2130706433/x',
    'http://0x7f000001',
    'http://0x7f.1:8080',
    'http://0177.0.0.1',
    'http://127.1',
    'http://127.0.0.1./',
    'http://１２７.0.0.1',
    'http://[::ffff:127.0.0.1]',
    'http://[0:0:0:0:0:0:0:1]:80',
  ])('sees through another spelling of the loopback: %s', (url) => {
    const literal = literalOf(new URL(url));
    expect(kindOf(literal ?? '').what).toBe('a loopback address');
  });

  it('knows no address where a host is named', () => {
    expect(literalOf(new URL('https://platform.example.com'))).toBeNull();
  });

  it('names the setting that allows it, and says where none does', () => {
    expect(whyRefused('10.0.0.7', false)).toBe(
      '10.0.0.7 is a private address: where your platform is in your own network, say `allowPrivate: true` at this target in forbear.yaml',
    );
    expect(whyRefused('10.0.0.7', true)).toBeNull();
    expect(whyRefused('1.1.1.1', false)).toBeNull();
    for (const allowPrivate of [true, false])
      expect(whyRefused('169.254.169.254', allowPrivate)).toMatch(/metadata address: no setting allows that/);
  });
});
