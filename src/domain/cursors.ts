import { Buffer } from 'node:buffer';
import * as z from 'zod';
import { ApiError } from '../errors.ts';

/** The last row of a page: what it is sorted by, and its id. */
export type Position = { at: number | string; id: number };

const Shape = z.tuple([
  z.string(),
  z.union([z.number(), z.string().refine((text) => text.isWellFormed())]),
  z.int().positive(),
]);

/** An opaque cursor for the rows after `position`, bound to a list with its order and filters. */
export const writeCursor = (list: string, { at, id }: Position): string =>
  Buffer.from(JSON.stringify([list, at, id])).toString('base64url');

/** @throws ApiError `invalid` for a cursor that is none, or another list's */
export const readCursor = (list: string, cursor: string | undefined): Position | undefined => {
  if (cursor === undefined) return undefined;
  try {
    const [of, at, id] = Shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (of === list) return { at, id };
  } catch {}
  const detail =
    'This cursor does not belong to this list with this order and these filters. Begin again without it.';
  throw new ApiError('invalid', detail, { errors: [{ field: 'cursor', detail }] });
};
