import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** Images full of metadata that must not get out, made anew in each run. */

export const SECRET = 'Rue de la Secret 12';
/** The numerator of a GPS coordinate; no pixel data of ours contains it. */
const DEGREES = 4_851_123;
const TAIL = `\0\0\0\x1cftypmp42${SECRET}PK\x03\x04<html><script>alert('${SECRET}')</script>%PDF-1.7`;

export const bytes = (...parts: (string | ArrayLike<number>)[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(Array.from(part)),
    ),
  );
export const u16 = (n: number) => [n >>> 8, n & 255];
export const u32 = (n: number) => [...u16(n >>> 16), ...u16(n & 65_535)];
const le16 = (n: number) => u16(n).reverse();
const le32 = (n: number) => u32(n).reverse();

/** Bytes that no cleaned file may contain. */
export const secrets = [
  bytes(SECRET),
  bytes(u32(DEGREES)),
  bytes(le32(DEGREES)),
  bytes('<script'),
  bytes('PK\x03\x04'),
  bytes('%PDF'),
];

export const XMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>${SECRET}</a></x:xmpmeta>`;

type Tiff = {
  little?: boolean;
  orientation?: number;
  dates?: { tag: number; text: string; inMain?: boolean }[];
};

/** An Exif block in either byte order: orientation, a description, and the dates. */
export const tiff = ({ little = false, orientation = 1, dates = [] }: Tiff) => {
  const [n16, n32] = little ? [le16, le32] : [u16, u32];
  const strings: Buffer[] = [];
  let at = 8 + 2 + 12 * (3 + dates.length) + 4 + 2 + 12 * dates.length + 4;
  const text = (tag: number, value: string) => {
    const stored = bytes(value, [0]);
    const entry = bytes(n16(tag), n16(2), n32(stored.length), n32(at));
    at += stored.length;
    strings.push(stored);
    return entry;
  };
  const main = dates.filter(({ inMain }) => inMain);
  const inner = dates.filter(({ inMain }) => !inMain);
  const innerAt = 8 + 2 + 12 * (3 + main.length) + 4;
  const entries = [
    bytes(n16(0x0112), n16(3), n32(1), n16(orientation), n16(0)),
    text(0x010e, SECRET),
    ...main.map((date) => text(date.tag, date.text)),
    bytes(n16(0x8769), n16(4), n32(1), n32(innerAt)),
  ];
  const more = inner.map((date) => text(date.tag, date.text));
  const directories = bytes(n16(entries.length), ...entries, n32(0), n16(more.length), ...more, n32(0));
  const head = bytes(little ? 'II' : 'MM', n16(42), n32(8), directories);
  return bytes(
    head,
    Buffer.alloc(8 + 2 + 12 * (3 + dates.length) + 4 + 2 + 12 * dates.length + 4 - head.length),
    ...strings,
  );
};

export const TAKEN = '2024-05-06T07:08:09+02:00';
export const dates = [
  { tag: 0x9003, text: '2024:05:06 07:08:09' },
  { tag: 0x9011, text: '+02:00' },
];

/** Pixels of many colours. */
const picture = (width: number, height: number, seed = 0) =>
  sharp(Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => ((i + seed) * 37) % 251)), {
    raw: { width, height, channels: 3 },
  });

const clip = (width: number, height: number, frames: number) =>
  sharp(
    Buffer.from(
      Array.from({ length: width * height * frames * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 31) % 253)),
    ),
    {
      raw: { width, height: height * frames, channels: 4, pageHeight: height },
    },
  );

const withSecrets = (image: Sharp, orientation: number) =>
  image
    .withMetadata({ orientation })
    .withIccProfile('p3')
    .withExifMerge({
      IFD0: { Copyright: SECRET },
      IFD2: { DateTimeOriginal: '2024:05:06 07:08:09', OffsetTimeOriginal: '+02:00' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: `${DEGREES}/1000 51/1 30/1` },
    })
    .withXmp(XMP);

export const segment = (marker: number, ...data: (string | ArrayLike<number>)[]) => {
  const content = bytes(...data);
  return bytes([0xff, marker], u16(content.length + 2), content);
};

/** A JPEG with every kind of metadata before and between its scans. */
const spliceJpeg = (plain: Buffer) => {
  const scan = plain.lastIndexOf(bytes([0xff, 0xda])); // the last scan of a progressive one
  const before = bytes(
    segment(0xe0, 'JFXX\0', [0x10], SECRET),
    segment(0xe1, 'http://ns.adobe.com/xmp/extension/\0', SECRET),
    segment(0xe2, 'MPF\0', SECRET),
    segment(0xed, 'Photoshop 3.0\x008BIM', SECRET),
    segment(0xee, 'Adobe', [0, 100, 0, 0, 0, 0, 1], SECRET),
    segment(0xef, SECRET),
    segment(0xfe, `*/=1;alert('${SECRET}')/*`),
    [0xff, 0xff, 0xff],
  );
  const jfif = segment(0xe0, 'JFIF\0', [1, 1, 0, 0, 1, 0, 1, 1, 1], 'RGB');
  return bytes(
    plain.subarray(0, 2),
    jfif,
    before,
    plain.subarray(2, scan),
    segment(0xfe, SECRET),
    plain.subarray(scan),
  );
};

export const pngChunk = (type: string, ...data: (string | ArrayLike<number>)[]) => {
  const checked = bytes(type, ...data);
  return bytes(u32(checked.length - 4), checked, u32(crc32(checked)));
};

const splicePng = (plain: Buffer) => {
  const end = plain.length - 12;
  return bytes(
    plain.subarray(0, 33),
    pngChunk('tEXt', 'Comment\0', SECRET),
    pngChunk('zTXt', 'Comment\0\0', deflateSync(SECRET)),
    pngChunk('iTXt', 'XML:com.adobe.xmp\0\0\0\0\0', XMP),
    pngChunk('tIME', u16(2024), [5, 6, 7, 8, 9]),
    pngChunk('prVt', SECRET),
    pngChunk('gAMA', u32(45_455), SECRET),
    plain.subarray(33, end),
    pngChunk('tEXt', 'Behind\0', SECRET),
    plain.subarray(end),
  );
};

const subBlocks = (text: string) => bytes([text.length], text, [0]);
const spliceGif = (plain: Buffer) => {
  const screen = 13 + ((plain[10] ?? 0) & 0x80 ? 3 * 2 ** (((plain[10] ?? 0) & 7) + 1) : 0);
  const xmp = bytes(
    '!\xff\x0bXMP DataXMP',
    XMP,
    [1],
    Array.from({ length: 256 }, (_, i) => 255 - i),
    [0],
  );
  const extensions = bytes(
    '!\xfe',
    subBlocks(`*/=1;alert('${SECRET}')/*`),
    xmp,
    '!\xff\x0bSECRETS 1.0',
    subBlocks(SECRET),
  );
  return bytes(
    plain.subarray(0, screen),
    extensions,
    plain.subarray(screen, -1),
    '!\xfe',
    subBlocks(SECRET),
    ';',
  );
};

export const riffChunk = (type: string, ...data: (string | ArrayLike<number>)[]) => {
  const content = bytes(...data);
  return bytes(type, le32(content.length), content, content.length & 1 ? [0] : []);
};
export const riff = (...chunks: Buffer[]) =>
  bytes('RIFF', le32(4 + bytes(...chunks).length), 'WEBP', ...chunks);

const spliceWebp = (plain: Buffer) =>
  riff(plain.subarray(12), riffChunk('EXIF', SECRET), riffChunk('XMP ', XMP), riffChunk('PRVT', SECRET));

export const box = (type: string, ...content: (string | ArrayLike<number>)[]) => {
  const inner = bytes(...content);
  return bytes(u32(inner.length + 8), type, inner);
};

const spliceAvif = (plain: Buffer) =>
  bytes(
    plain,
    box('uuid', Buffer.alloc(16, 7), SECRET),
    box('udta', SECRET),
    box('free', SECRET),
    box('what', SECRET),
  );

export type Fixture = {
  name: string;
  /** The image alone; not every decoder accepts bytes after its end. */
  image: Buffer;
  /** The image followed by a ZIP, a page and more; the same as `image` in formats that have no end. */
  file: Buffer;
  contentType: string;
  info: { width: number; height: number; frames: number; orientation: number; takenAt: string | null };
};

const [WIDTH, HEIGHT] = [12, 8];
const still = (name: string, type: string, image: Buffer, info: Partial<Fixture['info']> = {}): Fixture => ({
  name,
  image,
  file: type === 'avif' ? image : bytes(image, TAIL),
  contentType: `image/${type}`,
  info: { width: WIDTH, height: HEIGHT, frames: 1, orientation: 6, takenAt: TAKEN, ...info },
});

export const makeFixtures = async (): Promise<Fixture[]> => {
  const plain = () => picture(WIDTH, HEIGHT);
  const full = (orientation = 6) => withSecrets(plain(), orientation);
  const moving = { frames: 3, orientation: 1, takenAt: null };
  const profile = (await sharp(await full().png().toBuffer()).metadata()).icc as Buffer;
  const small = await plain().jpeg().toBuffer();
  const exifBy = (block: Buffer) =>
    bytes(small.subarray(0, 2), segment(0xe1, 'Exif\0\0', block), small.subarray(2));
  const smallPng = await plain().png().toBuffer();
  const smallWebp = await plain().webp().toBuffer();
  const vp8x = (flags: number) => riffChunk('VP8X', [flags, 0, 0, 0, WIDTH - 1, 0, 0, HEIGHT - 1, 0, 0]);
  return [
    still('jpeg, baseline', 'jpeg', spliceJpeg(await full().jpeg().toBuffer())),
    still('jpeg, progressive', 'jpeg', spliceJpeg(await full().jpeg({ progressive: true }).toBuffer())),
    still('jpeg, upright', 'jpeg', spliceJpeg(await full(1).jpeg().toBuffer()), { orientation: 1 }),
    still('jpeg, little-endian Exif', 'jpeg', exifBy(tiff({ little: true, orientation: 8, dates })), {
      orientation: 8,
    }),
    still('png', 'png', splicePng(await full().png().toBuffer())),
    still('png, palette', 'png', splicePng(await full().png({ palette: true }).toBuffer())),
    still(
      'png, Exif after the pixels',
      'png',
      bytes(
        smallPng.subarray(0, -12),
        pngChunk('eXIf', tiff({ orientation: 3, dates })),
        smallPng.subarray(-12),
      ),
      {
        orientation: 3,
      },
    ),
    still('gif', 'gif', spliceGif(await plain().gif().toBuffer()), { orientation: 1, takenAt: null }),
    still(
      'gif, animated',
      'gif',
      spliceGif(
        await clip(WIDTH, HEIGHT, 3)
          .gif({ loop: 5, delay: [50, 60, 70] })
          .toBuffer(),
      ),
      moving,
    ),
    still('webp, lossy', 'webp', spliceWebp(await full().webp().toBuffer())),
    still('webp, lossless', 'webp', spliceWebp(await full().webp({ lossless: true }).toBuffer())),
    still(
      'webp, alpha',
      'webp',
      spliceWebp(await withSecrets(plain().ensureAlpha(0.5), 6).webp().toBuffer()),
    ),
    still('webp, simple', 'webp', spliceWebp(smallWebp), { orientation: 1, takenAt: null }),
    still(
      'webp, little Exif',
      'webp',
      riff(
        vp8x(0x0c),
        smallWebp.subarray(12),
        riffChunk('EXIF', tiff({ orientation: 5, dates })),
        riffChunk('XMP ', XMP),
      ),
      {
        orientation: 5,
      },
    ),
    still(
      'webp, animated',
      'webp',
      spliceWebp(
        await clip(WIDTH, HEIGHT, 3)
          .webp({ loop: 5, delay: [50, 60, 70], lossless: true })
          .toBuffer(),
      ),
      moving,
    ),
    still('avif', 'avif', spliceAvif(await withSecrets(plain(), 6).avif({ effort: 0 }).toBuffer())),
    still(
      'jpeg, profile in two segments',
      'jpeg',
      bytes(
        small.subarray(0, 2),
        ...[0, 1].map((i) =>
          segment(0xe2, 'ICC_PROFILE\0', [i + 1, 2], profile.subarray(i * 200, i ? undefined : 200)),
        ),
        small.subarray(2),
      ),
      {
        orientation: 1,
        takenAt: null,
      },
    ),
  ];
};
