import { box, bytes, u16, u32 } from './fixtures.ts';

/** Builds AVIF files box by box. Their pictures are arbitrary bytes, so no decoder can show them. */

export type Item = {
  type: string;
  data: Buffer;
  name?: string;
  mime?: string;
  /** Whether its data is in `idat` instead of `mdat`. */
  inIdat?: boolean;
  /** Whether its data is that of the items that its `iloc` reference names. */
  inItem?: boolean;
  /** Into how many extents its data is split. */
  extents?: number;
};

/** Items are numbered from 1 in their order. */
type Still = {
  items: Item[];
  /** No `pitm` if null. */
  primary?: number | null;
  /** Type, from, to. */
  references?: [string, number, number[]][];
  /** Type, members. */
  groups?: [string, number[]][];
  /** More essential properties of an item, by their index from 2 on. */
  essential?: [item: number, property: number][];
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

/** The boxes that say which items there are, and how they belong together. */
const describeItems = ({
  items,
  primary = 1,
  references = [],
  groups = [],
  essential = [],
  ...more
}: Still) => [
  box('hdlr', u32(0), u32(0), 'pict', Buffer.alloc(12), 'a name\0'),
  ...(primary === null ? [] : [box('pitm', u32(0), u16(primary))]),
  box('iinf', u32(0), u16(items.length), ...items.map((item, i) => infe(item, i + 1))),
  box(
    'iref',
    u32(0),
    ...references.map(([type, from, to]) => box(type, u16(from), u16(to.length), ...to.map(u16))),
  ),
  box(
    'iprp',
    box('ipco', ispe(12, 8), ...(more.properties ?? [])),
    box(
      'ipma',
      u32(0),
      u32(1 + essential.length),
      u16(primary ?? 1),
      [1, 0x81],
      ...essential.map(([item, property]) => bytes(u16(item), [1, 0x80 | property])),
    ),
  ),
  box(
    'grpl',
    ...groups.map(([type, ids], i) => box(type, u32(0), u32(1000 + i), u32(ids.length), ...ids.map(u32))),
  ),
];

export const still = (file: Still) => {
  const { items, version = 1, mdat = 'short', shift = 0, ...more } = file;
  const places = placesOf(items);
  const dataOf = (inIdat: boolean) =>
    bytes(...items.filter((item) => (item.inIdat ?? false) === inIdat).map(({ data }) => data));
  const n = version === 2 ? u32 : u16;
  const metaAt = (base: number) => {
    const rows = items.map(({ inIdat, inItem }, i) => {
      const method = inItem ? 2 : inIdat ? 1 : 0;
      const extents = (places[i] ?? []).map(({ start, length }) =>
        bytes(u32(start + (method ? 0 : base)), u32(length)),
      );
      return bytes(n(i + 1), version ? u16(method) : [], u16(0), u16(extents.length), ...extents);
    });
    return box(
      'meta',
      u32(0),
      ...describeItems(file),
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

const trak = ({ handler = 'pict', entry = 'av01', inTrack = [], time, text, samples }: Track) => {
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
  return box('trak', full('tkhd', u32(time), u32(time), u32(1), Buffer.alloc(68)), mdia, ...inTrack);
};

/** The `moov` of a sequence. */
export const moov = (tracks: Track[], ...inMoov: Buffer[]) => {
  const time = tracks[0]?.time ?? 0;
  const mvhd = full('mvhd', u32(time), u32(time), u32(1000), Buffer.alloc(84));
  return box('moov', mvhd, ...tracks.map(trak), ...inMoov);
};

/** Sets where each track's samples are. */
export const placeSamples = (file: Buffer, ...offsets: number[]) => {
  let at = 0;
  for (const offset of offsets) {
    at = file.indexOf('stco', at) + 12;
    file.writeUInt32BE(offset, at);
  }
  return file;
};
