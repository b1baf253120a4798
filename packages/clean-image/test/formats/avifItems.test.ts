import { expect, test } from 'vitest';
import { still } from '../support/avif.ts';
import { clean, expectInvalid } from '../support/cleaning.ts';
import { box, bytes, SECRET, tiff, u32, XMP } from '../support/fixtures.ts';

const [A, B] = [Buffer.alloc(50, 'first'), Buffer.alloc(60, 'second')];
const RECIPE = bytes('how to derive it');
const tiles = [
  { type: 'av01', data: A },
  { type: 'av01', data: B },
];
const exif = { type: 'Exif', data: bytes(u32(0), tiff({ orientation: 6 })) };
const xmp = { type: 'mime', mime: 'application/rdf+xml', data: bytes(XMP) };
const unknown = { type: 'newt', data: RECIPE };

/** Cleans a file, and says which of these parts are still in it. */
const cleanAndFind = async (file: Buffer, parts: Buffer[]) => {
  const { out } = await clean([file]);
  expect(out.includes(SECRET)).toBe(false);
  return parts.map((part) => out.includes(part));
};

test.each([
  ['grid', RECIPE],
  ['iovl', RECIPE],
  ['iden', bytes()],
  ['tmap', RECIPE],
  ['sato', RECIPE],
])('keeps a derived %s picture and what it is derived from', async (type, data) => {
  for (const inIdat of [true, false]) {
    const items = [...tiles, { type, data, inIdat }, exif, xmp];
    const references: [string, number, number[]][] = [
      ['dimg', 3, [1, 2]],
      ['cdsc', 4, [3]],
      ['cdsc', 5, [3]],
    ];
    const asPrimary = still({ items, references, primary: 3 });
    expect(await cleanAndFind(asPrimary, [A, B, data])).toEqual([true, true, true]);
    const asAlternative = still({ items, references, groups: [['altr', [3, 1]]] });
    expect(await cleanAndFind(asAlternative, [A, B, data])).toEqual([true, true, true]);
  }
});

test('keeps an alternative of unknown type and what it is derived from', async () => {
  const source = { type: 'olds', data: B };
  const file = still({
    items: [{ type: 'av01', data: A }, unknown, source],
    references: [['dimg', 2, [1, 3]]],
    groups: [['altr', [2, 1]]],
  });
  expect(await cleanAndFind(file, [A, RECIPE, B])).toEqual([true, true, true]);
});

test('keeps an item of unknown type that a picture refers to, directly or not', async () => {
  const file = still({
    items: [
      { type: 'grid', data: RECIPE },
      { type: 'newt', data: A },
      { type: 'olds', data: B },
    ],
    references: [
      ['dimg', 1, [2]],
      ['base', 2, [3]],
    ],
  });
  expect(await cleanAndFind(file, [RECIPE, A, B])).toEqual([true, true, true]);
});

test('overwrites an item of unknown type that no picture refers to', async () => {
  const file = still({
    items: [{ type: 'av01', data: A }, unknown],
    references: [['dimg', 2, [1]]],
    groups: [['what', [2]]],
  });
  expect(await cleanAndFind(file, [A, RECIPE])).toEqual([true, false]);
});

test('cleans Exif that a picture refers to', async () => {
  const file = still({ items: [{ type: 'av01', data: A }, exif], references: [['cdsc', 1, [2]]] });
  expect(await cleanAndFind(file, [A])).toEqual([true]);
});

test('refuses a picture that is derived from metadata', async () => {
  for (const item of [exif, xmp]) {
    const file = still({ items: [{ type: 'grid', data: RECIPE }, item], references: [['dimg', 1, [2]]] });
    await expectInvalid(file, 'a picture that is derived from metadata');
  }
});

test('keeps the item whose data a picture shares', async () => {
  const shared = { type: 'data', data: A };
  const file = still({
    items: [{ type: 'av01', data: A, inItem: true }, shared],
    references: [['iloc', 1, [2]]],
  });
  expect(await cleanAndFind(file, [A])).toEqual([true]);
  const withoutReference = still({ items: [{ type: 'av01', data: A, inItem: true }, shared] });
  await expectInvalid(withoutReference, 'a picture whose data is not in the file');
});

test('overwrites the item whose data is only metadata', async () => {
  const items = [
    { type: 'av01', data: A },
    { ...xmp, inItem: true },
    { type: 'data', data: bytes(XMP) },
  ];
  expect(await cleanAndFind(still({ items, references: [['iloc', 2, [3]]] }), [A])).toEqual([true]);
  await expectInvalid(still({ items, references: [['iloc', 2, [1]]] }), 'metadata inside a picture');
});

test('follows a long chain of references in one pass', async () => {
  const items = [
    { type: 'grid', data: RECIPE },
    ...Array.from({ length: 3_000 }, () => ({ type: 'link', data: bytes('l') })),
  ];
  const references = items
    .slice(1)
    .map((_, i): [string, number, number[]] => ['dimg', 3_000 - i, [3_001 - i]]);
  const { out } = await clean([still({ items, references })]);
  expect(out.includes('l'.repeat(3_000))).toBe(true);
});

test('refuses a primary item without data', async () => {
  const file = still({ items: tiles });
  file.writeUInt16BE(9, file.indexOf('iloc') + 12);
  await expectInvalid(file, 'primary item has no data');
});

test('keeps an essential property of unknown type only if a picture has it', async () => {
  const property = box('newp', 'how to show it');
  const ofPicture = still({ items: tiles, properties: [property], essential: [[2, 2]] });
  expect(await cleanAndFind(ofPicture, [property])).toEqual([true]);
  const ofMetadata = still({ items: [...tiles, xmp], properties: [property], essential: [[3, 2]] });
  expect(await cleanAndFind(ofMetadata, [property])).toEqual([false]);
});

test('overwrites a description even if it is essential, and makes it optional', async () => {
  const file = still({
    items: tiles,
    properties: [box('udes', u32(0), SECRET)],
    essential: [[2, 2]],
  });
  const { out } = await clean([file]);
  expect(out.includes(SECRET)).toBe(false);
  const association = file.indexOf(bytes([0, 2, 1, 0x82]));
  expect([...out.subarray(association, association + 4)]).toEqual([0, 2, 1, 0x02]);
});

test.each([
  [0, undefined, 1],
  [1, undefined, 8],
  [2, undefined, 3],
  [3, undefined, 6],
  [0, 0, 4],
  [0, 1, 2],
  [1, 0, 5],
  [1, 1, 7],
])(
  'reads a rotation by %d quarter turns and mirror axis %s as orientation %d',
  async (turns, axis, orientation) => {
    const properties = [box('irot', [turns]), ...(axis === undefined ? [] : [box('imir', [axis])])];
    const essential = properties.map((_, i): [number, number] => [1, 2 + i]);
    const { info } = await clean([still({ items: tiles, properties, essential })]);
    expect(info.orientation).toBe(orientation);
  },
);
