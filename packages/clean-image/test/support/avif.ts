import { box, bytes, u16, u32 } from './fixtures.ts';

/** Builds AVIF files box by box. Their pictures are arbitrary bytes, so no decoder can show them. */

export type Item = {
  type: string;
  data: Buffer;
  name?: string;
  mime?: string;
  /** Whether its data is in `idat` instead of `mdat`. */
  inIdat?: boolean;
  /** Into how many extents its data is split. */
  extents?: number;
};

type Still = {
  items: Item[];
  version?: 0 | 1 | 2;
  properties?: Buffer[];
  inMeta?: Buffer[];
  after?: Buffer[];
  before?: Buffer[];
  brand?: string;
  /** How the head of `mdat` gives its length. */
  mdat?: 'short' | 'long' | 'open';
  shift?: number;
};

export const ispe = (width: number, height: number) => box('ispe', u32(0), u32(width), u32(height));
export const ftyp = (brand = 'avif') => box('ftyp', brand, u32(0), 'mif1', brand);

const infe = ({ type, name = '', mime }: Item, id: number) =>
  box('infe', [2, 0, 0, 0], u16(id), u16(0), type, name, [0], mime === undefined ? [] : bytes(mime, [0]));

/** Where each extent of each item is, from the start of its `mdat` or `idat`. */
const placesOf = (items: Item[]) => {
  const at = { idat: 0, mdat: 0 };
  return items.map(({ data, inIdat, extents = 1 }) => {
    const kind = inIdat ? 'idat' : 'mdat';
    const piece = Math.ceil(data.length / extents);
    return Array.from({ length: extents }, (_, i) => {
      const length = Math.min(piece, data.length - i * piece);
      at[kind] += length;
      return { start: at[kind] - length, length };
    });
  });
};

export const still = ({ items, version = 1, mdat = 'short', shift = 0, ...more }: Still) => {
  const places = placesOf(items);
  const dataOf = (inIdat: boolean) =>
    bytes(...items.filter((item) => (item.inIdat ?? false) === inIdat).map(({ data }) => data));
  const n = version === 2 ? u32 : u16;
  const metaAt = (base: number) => {
    const rows = items.map(({ inIdat }, i) => {
      const extents = (places[i] ?? []).map(({ start, length }) =>
        bytes(u32(start + (inIdat ? 0 : base)), u32(length)),
      );
      return bytes(n(i + 1), version ? u16(inIdat ? 1 : 0) : [], u16(0), u16(extents.length), ...extents);
    });
    return box(
      'meta',
      u32(0),
      box('hdlr', u32(0), u32(0), 'pict', Buffer.alloc(12), 'a name\0'),
      box('pitm', u32(0), u16(1)),
      box('iinf', u32(0), u16(items.length), ...items.map((item, i) => infe(item, i + 1))),
      box(
        'iprp',
        box('ipco', ispe(12, 8), ...(more.properties ?? [])),
        box('ipma', u32(0), u32(1), u16(1), [1, 0x81]),
      ),
      box('iloc', [version, 0, 0, 0], [0x44, 0], n(items.length), ...rows),
      box('idat', dataOf(true)),
      ...(more.inMeta ?? []),
    );
  };
  const data = dataOf(false);
  const head = {
    short: bytes(u32(data.length + 8), 'mdat'),
    long: bytes(u32(1), 'mdat', u32(0), u32(data.length + 16)),
    open: bytes(u32(0), 'mdat'),
  }[mdat];
  const front = bytes(ftyp(more.brand), ...(more.before ?? []));
  const base = front.length + metaAt(0).length + head.length + shift;
  return bytes(front, metaAt(base), head, data, ...(more.after ?? []));
};

const full = (type: string, ...content: (string | ArrayLike<number>)[]) => box(type, u32(0), ...content);

/** One chunk of samples of 20 bytes each; `placeSamples` sets its offset. */
type Track = {
  handler?: string;
  entry?: string;
  inTrack?: Buffer[];
  time: number;
  text: string;
  samples: number;
};

/** The `moov` of a sequence with one track. */
export const moov = (
  { handler = 'pict', entry = 'av01', inTrack = [], time, text, samples }: Track,
  ...inMoov: Buffer[]
) => {
  const name = bytes([text.length], text, Buffer.alloc(31 - text.length));
  const visual = box(
    entry,
    Buffer.alloc(24),
    u16(12),
    u16(8),
    Buffer.alloc(14),
    name,
    u16(24),
    u16(65_535),
    box('av1C', [129, 0, 12, 0]),
    box('what', text),
  );
  const stbl = box(
    'stbl',
    full('stsd', u32(1), visual),
    full('stsz', u32(20), u32(samples)),
    full('stsc', u32(1), u32(1), u32(samples), u32(1)),
    full('stco', u32(1), u32(0)),
    full('stts', u32(1), u32(samples), u32(1)),
  );
  const dinf = box('dinf', full('dref', u32(1), box('url ', [0, 0, 0, 1])));
  const mdia = box(
    'mdia',
    full('mdhd', u32(time), u32(time), u32(1000), u32(1), u32(0)),
    full('hdlr', u32(0), handler, Buffer.alloc(12), text, [0]),
    box('minf', full('vmhd', u32(0), u32(0)), dinf, stbl),
  );
  const trak = box('trak', full('tkhd', u32(time), u32(time), u32(1), Buffer.alloc(68)), mdia, ...inTrack);
  return box('moov', full('mvhd', u32(time), u32(time), u32(1000), Buffer.alloc(84)), trak, ...inMoov);
};

export const placeSamples = (file: Buffer, at: number) => {
  file.writeUInt32BE(at, file.indexOf('stco') + 12);
  return file;
};
