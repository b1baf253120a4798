import { Buffer } from 'node:buffer';
import * as z from 'zod';
import { ApiError } from '../errors.ts';

/** The last row of a page: the value that the list is sorted by, and its id. */
export type Position = { at: number | string; id: number };

const Cursor = z.tuple([
  z.string(),
  z.union([z.number(), z.string().refine((text) => text.isWellFormed())]),
  z.int().positive(),
]);

/** An opaque cursor for the rows after `position`. It is bound to a list with its order and filters. */
export const writeCursor = (list: string, { at, id }: Position): string =>
  Buffer.from(JSON.stringify([list, at, id])).toString('base64url');

/** @throws ApiError `invalid` for a text that is not a cursor, or the cursor of another list */
export const readCursor = (list: string, cursor: string | undefined): Position | undefined => {
  if (cursor === undefined) return undefined;
  try {
    const [of, at, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (of === list) return { at, id };
  } catch {}
  const detail =
    'This cursor is not valid for this list with this order and these filters. Start again without a cursor.';
  throw new ApiError('invalid', detail, { errors: [{ field: 'cursor', detail }] });
};
