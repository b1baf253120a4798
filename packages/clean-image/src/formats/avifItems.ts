import { ascii, be } from '../bytes.ts';
import { invalid } from '../imageError.ts';
import { type Box, boxesIn, numbersOf } from './boxes.ts';

/** Items that are pictures, or describe how to derive one from others. */
const PICTURES = ['av01', 'grid', 'iovl', 'iden', 'tmap', 'sato'];
const METADATA = ['Exif', 'mime', 'uri '];

/** References by which an item gets its own content from another. */
const DERIVATIONS = ['dimg', 'iloc'];

const SPACE = 0x20;

export type Reference = { type: string; from: number; to: number[] };

export const isPicture = (type = '') => PICTURES.includes(type);

/** Reads each item's type by its id. Names and content types, which may be any text, become spaces (ISO/IEC 14496-12, 8.11.6). */
export const readTypes = (bytes: Uint8Array, iinf: Box) => {
  const types = new Map<number, string>();
  const first = iinf.body + (be(bytes, iinf.body, 1) === 0 ? 6 : 8);
  for (const infe of boxesIn(bytes, first, iinf.end)) {
    const next = numbersOf(bytes, infe);
    const version = next(1);
    if (infe.type !== 'infe' || (version !== 2 && version !== 3))
      throw invalid('The AVIF has an item entry of an unknown version.');
    next(3);
    const id = next(version === 2 ? 2 : 4);
    next(6);
    const texts = infe.body + (version === 2 ? 12 : 14);
    types.set(id, ascii(bytes, texts - 4, 4));
    for (let at = texts; at < infe.end; at++) if (bytes[at]) bytes[at] = SPACE;
  }
  return types;
};

/** Reads which items refer to which (ISO/IEC 14496-12, 8.11.12). */
export const readReferences = (bytes: Uint8Array, iref: Box) => {
  const references: Reference[] = [];
  const idSize = numbersOf(bytes, iref)(1) === 0 ? 2 : 4;
  for (const box of boxesIn(bytes, iref.body + 4, iref.end)) {
    const next = numbersOf(bytes, box);
    const from = next(idSize);
    const to: number[] = [];
    for (let count = next(2); count > 0; count--) to.push(next(idSize));
    references.push({ type: box.type, from, to });
  }
  return references;
};

/** Reads the groups of items, for example alternatives of each other (ISO/IEC 14496-12, 8.15.3). */
export const readGroups = (bytes: Uint8Array, grpl: Box) => {
  const groups: number[][] = [];
  for (const box of boxesIn(bytes, grpl.body, grpl.end)) {
    const next = numbersOf(bytes, box);
    next(8);
    const group: number[] = [];
    for (let count = next(4); count > 0; count--) group.push(next(4));
    groups.push(group);
  }
  return groups;
};

/**
 * The items to keep: pictures, and whatever they need, of known type or not: what they refer to and what is in a group with them.
 * @throws ImageError `invalid` if a picture is derived from metadata
 */
export const selectItems = (types: Map<number, string>, references: Reference[], groups: number[][]) => {
  const links = new Map<number, number[]>();
  const link = (from: number, to: number) => {
    const linked = links.get(from);
    if (linked) linked.push(to);
    else links.set(from, [to]);
  };
  const isMetadata = (id: number) => METADATA.includes(types.get(id) ?? '');
  for (const { type, from, to } of references)
    for (const id of to) if (DERIVATIONS.includes(type) || !isMetadata(id)) link(from, id);
  for (const [index, group] of groups.entries()) {
    const groupNode = -1 - index; // no item has this id
    for (const id of group.filter((member) => !isMetadata(member))) {
      link(id, groupNode);
      link(groupNode, id);
    }
  }

  const kept = new Set<number>();
  const open = [...types].filter(([, type]) => isPicture(type)).map(([id]) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (kept.has(id)) continue;
    if (isMetadata(id)) throw invalid('The AVIF has a picture that is derived from metadata.');
    kept.add(id);
    for (const linked of links.get(id) ?? []) open.push(linked);
  }
  return kept;
};
