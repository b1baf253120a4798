/** Pictures in rows of equal height that fill a width, in their order and without cutting them. */

export type Tile<T> = { item: T; width: number; height: number };
export type Row<T> = { key: number; height: number; tiles: Tile<T>[] };

export type Layout = {
  /** Of the rows, between tiles, and the height that rows have about: CSS pixels. */
  width: number;
  gap: number;
  target: number;
};

/** Panoramas and towers beyond these are shown in part. */
const [NARROWEST, WIDEST] = [0.45, 3.2];

const clamp = (ratio: number) => Math.min(WIDEST, Math.max(NARROWEST, ratio));

const rowOf = <T>(
  key: number,
  items: T[],
  ratios: number[],
  { width, gap }: Layout,
  most: number,
): Row<T> => {
  const room = width - gap * (items.length - 1);
  const height = Math.min(most, room / ratios.reduce((sum, ratio) => sum + ratio, 0));
  const tiles = items.map((item, i) => ({ item, height, width: height * (ratios[i] ?? 1) }));
  return { key, height, tiles };
};

/**
 * Lays items out. `rest` is what does not fill a row yet: it is laid out only where `isEnd` says that nothing more comes, so that no
 * row changes when it does.
 */
export const justify = <T>(
  items: readonly T[],
  ratioOf: (item: T) => number,
  layout: Layout,
  isEnd: boolean,
): { rows: Row<T>[]; rest: number } => {
  const { width, gap, target } = layout;
  const rows: Row<T>[] = [];
  let open: T[] = [];
  let ratios: number[] = [];
  const close = (most: number) => {
    rows.push(rowOf(rows.length, open, ratios, layout, most));
    [open, ratios] = [[], []];
  };
  for (const item of items) {
    const ratio = clamp(ratioOf(item));
    const sum = ratios.reduce((total, one) => total + one, 0);
    const before = (width - gap * (open.length - 1)) / sum;
    const behind = (width - gap * open.length) / (sum + ratio);
    const isFuller = open.length > 0 && behind < target && before / target < target / behind;
    if (isFuller) close(Number.POSITIVE_INFINITY);
    open.push(item);
    ratios.push(ratio);
    const height = (width - gap * (open.length - 1)) / ratios.reduce((total, one) => total + one, 0);
    if (height <= target) close(Number.POSITIVE_INFINITY);
  }
  if (isEnd && open.length > 0) close(target);
  return { rows, rest: open.length };
};
