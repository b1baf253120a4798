import { checkSize, type Limits } from '../imageInfo.ts';
import { type Box, boxesIn, freeBox, numbersOf } from './boxes.ts';

/** Properties that affect how a picture is shown. */
const KEPT = [
  ...['ispe', 'pixi', 'colr', 'av1C', 'auxC', 'irot', 'imir', 'clap', 'pasp', 'clli', 'mdcv', 'cclv', 'amve'],
  ...['a1op', 'a1lx', 'lsel', 'rloc', 'reve', 'ndwt'],
];
/** Properties that describe a picture in words or dates: no decoder needs them, whatever the file says. */
const DESCRIPTIONS = ['udes', 'altt', 'crtt', 'mdft'];

const ESSENTIAL = 0x80;

/** The Exif orientation for each number of quarter turns anticlockwise: without `imir`, and with its axis 0 and 1. */
const ORIENTATIONS: Record<'plain' | 0 | 1, number[]> = {
  plain: [1, 8, 3, 6],
  0: [4, 5, 2, 7],
  1: [2, 7, 4, 5],
};

type Association = { item: number; index: number; isEssential: boolean; at: number };

/** Reads which properties belong to which items (ISO/IEC 23008-12, 9.3.3). */
const readAssociations = (bytes: Uint8Array, ipma: Box) => {
  const associations: Association[] = [];
  const next = numbersOf(bytes, ipma);
  const version = next(1);
  const size = next(3) & 1 ? 2 : 1;
  let at = ipma.body + 8;
  for (let entries = next(4); entries > 0; entries--) {
    const idSize = version < 1 ? 2 : 4;
    const item = next(idSize);
    at += idSize + 1;
    for (let count = next(1); count > 0; count--) {
      const number = next(size);
      const essential = ESSENTIAL * (size === 2 ? 256 : 1);
      const isEssential = number >= essential;
      associations.push({ item, index: isEssential ? number - essential : number, isEssential, at });
      at += size;
    }
  }
  return associations;
};

/** The size and orientation that an item's properties give it. */
const readShape = (bytes: Uint8Array, properties: Box[]) => {
  let size: { width: number; height: number } | undefined;
  let turns = 0;
  let mirror: 'plain' | 0 | 1 = 'plain';
  for (const property of properties) {
    const next = numbersOf(bytes, property);
    if (property.type === 'ispe' && !size && next(4) === 0) size = { width: next(4), height: next(4) };
    if (property.type === 'irot') turns = next(1) & 3;
    if (property.type === 'imir') mirror = next(1) & 1 ? 1 : 0;
  }
  return size && { ...size, orientation: ORIENTATIONS[mirror][turns] ?? 1 };
};

/**
 * Overwrites the properties that no kept item needs to be shown; reads the primary item's size and orientation
 * (ISO/IEC 23008-12, 6.5 and 9.3).
 * @throws ImageError `invalid`
 */
export const cleanProperties = (
  bytes: Uint8Array,
  iprp: Box,
  items: { primary: number | undefined; kept: Set<number> },
  limits: Limits,
) => {
  const properties: Box[] = [];
  const associations: Association[] = [];
  for (const box of boxesIn(bytes, iprp.body, iprp.end)) {
    if (box.type === 'ipco') properties.push(...boxesIn(bytes, box.body, box.end));
    else if (box.type === 'ipma') associations.push(...readAssociations(bytes, box));
    else freeBox(bytes, box);
  }
  for (const property of properties) {
    const next = numbersOf(bytes, property);
    if (property.type === 'ispe' && next(4) === 0) checkSize(next(4), next(4), limits);
  }
  const ofPrimary = associations.filter(({ item }) => item === items.primary);
  const shape = readShape(
    bytes,
    ofPrimary.flatMap(({ index }) => properties[index - 1] ?? []),
  );

  const isNeeded = new Set(
    associations
      .filter(({ item, isEssential }) => isEssential && items.kept.has(item))
      .map(({ index }) => index),
  );
  const freed = new Set<number>();
  for (const [i, property] of properties.entries()) {
    const isKept = KEPT.includes(property.type);
    if (isKept || (isNeeded.has(i + 1) && !DESCRIPTIONS.includes(property.type))) continue;
    freeBox(bytes, property);
    freed.add(i + 1);
  }
  // A reader must skip an item with an essential property that it does not know, and it does not know free space.
  for (const { index, at } of associations) if (freed.has(index)) bytes[at] = (bytes[at] ?? 0) & ~ESSENTIAL;
  return shape;
};
