import { BlockList, isIP } from 'node:net';

/**
 * `public`: anybody's. `private`: inside somebody's network, which the operator has to want. `never`: no platform lives
 * there, or a cloud hands out its keys there.
 */
export type Reach = 'public' | 'private' | 'never';

export type AddressKind = { readonly what: string; readonly reach: Reach };

const anybodys: AddressKind = { what: 'a public address', reach: 'public' };
const loopback: AddressKind = { what: 'a loopback address', reach: 'private' };
const inside: AddressKind = { what: 'a private address', reach: 'private' };
const metadata: AddressKind = { what: "a cloud's metadata address", reach: 'never' };
const linkLocal: AddressKind = { what: 'a link-local address', reach: 'never' };
const unspecified: AddressKind = { what: 'the unspecified address', reach: 'never' };
const multicast: AddressKind = { what: 'a multicast address', reach: 'never' };
const reserved: AddressKind = { what: 'a reserved address', reach: 'never' };

type Row = readonly [subnets: string, kind: AddressKind];

/** IANA's registries of special addresses, and where clouds keep their metadata. The first row that fits counts. */
const rowsOf4: readonly Row[] = [
  // AWS, Google and Azure; Alibaba; Azure's own agent, at an address that looks public.
  ['169.254.169.254/32 100.100.100.200/32 168.63.129.16/32', metadata],
  ['169.254.0.0/16', linkLocal],
  ['127.0.0.0/8', loopback],
  ['10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 198.18.0.0/15', inside],
  ['0.0.0.0/32', unspecified],
  ['224.0.0.0/4', multicast],
  ['0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4', reserved],
];

const rowsOf6: readonly Row[] = [
  ['fd00:ec2::254/128 fd20:ce::254/128', metadata],
  ['fe80::/10', linkLocal],
  ['::1/128', loopback],
  // Beside unique-local: what was site-local once, and a network's own way to IPv4.
  ['fc00::/7 fec0::/10 64:ff9b:1::/48', inside],
  ['::/128', unspecified],
  ['ff00::/8', multicast],
  // Teredo and its neighbours, and what books use for examples.
  ['2001::/23 2001:db8::/32 3fff::/20', reserved],
  ['2000::/3', anybodys],
];

const tableOf = (rows: readonly Row[], family: 'ipv4' | 'ipv6') =>
  rows.map(([subnets, kind]) => ({ kind, list: listOf(subnets.split(' '), family) }));

function listOf(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', length] = subnet.split('/');
    list.addSubnet(network, Number(length), family);
  }
  return list;
}

const table4 = tableOf(rowsOf4, 'ipv4');
const table6 = tableOf(rowsOf6, 'ipv6');

/** What kind of address it is. One of IPv6 that stands for one of IPv4 is of that one's kind. */
export function kindOf(address: string): AddressKind {
  if (isIP(address) === 4) return table4.find(({ list }) => list.check(address, 'ipv4'))?.kind ?? anybodys;
  if (isIP(address) !== 6) return reserved;
  // Which interface a zone names changes nothing.
  const [plain = ''] = address.split('%');
  const embedded = embeddedIn(groupsOf(plain));
  if (embedded !== null) return kindOf(embedded);
  return table6.find(({ list }) => list.check(plain, 'ipv6'))?.kind ?? reserved;
}

/** The eight groups of an address of IPv6. */
function groupsOf(address: string): readonly number[] {
  // The URL parser writes a dotted end as groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const numbersOf = (text: string) => (text === '' ? [] : text.split(':').map((one) => parseInt(one, 16)));
  const [first, last] = [numbersOf(head), numbersOf(tail ?? '')];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

// IPv4-mapped, translated and compatible ones, and NAT64: each holds the address of IPv4 at its end.
const embeddingHeads = ['0:0:0:0:0:ffff', '0:0:0:0:ffff:0', '0:0:0:0:0:0', '64:ff9b:0:0:0:0'];

function embeddedIn(groups: readonly number[]): string | null {
  const head = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  const [high = 0, low = 0] = groups.slice(6);
  // `::` and `::1` are addresses of their own.
  const isOwn = head === '0:0:0:0:0:0' && high === 0 && low <= 1;
  if (embeddingHeads.includes(head) && !isOwn) return dotted(high, low);
  // 6to4 holds it behind its first group.
  return groups[0] === 0x2002 ? dotted(groups[1] ?? 0, groups[2] ?? 0) : null;
}

const dotted = (high: number, low: number) => [high >> 8, high & 255, low >> 8, low & 255].join('.');

/** Why nothing is sent to an address, with the setting that allows it; `null` where it may be. */
export function whyRefused(address: string, allowPrivate: boolean): string | null {
  const { what, reach } = kindOf(address);
  if (reach === 'public' || (reach === 'private' && allowPrivate)) return null;
  const remedy =
    reach === 'private'
      ? 'where your platform is in your own network, say `allowPrivate: true` at this target in forbear.yaml'
      : 'no setting allows that';
  return `${address} is ${what}: ${remedy}`;
}

/** The address that a URL names itself, whichever way it is spelt; `null` where it names a host. */
export function literalOf({ hostname }: URL): string | null {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? null : host;
}
