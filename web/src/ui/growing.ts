import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { List } from 'darkroom-client';

/** A list that grows a page at a time, and keeps what it has while the visitor looks elsewhere. */
export type Growing<T> = {
  items: ReadonlySignal<T[]>;
  isLoading: ReadonlySignal<boolean>;
  error: ReadonlySignal<unknown>;
  /** Whether nothing more comes. */
  isWhole: ReadonlySignal<boolean>;
  loadMore: () => Promise<void>;
  reload: () => Promise<void>;
  remove: (id: number) => () => void;
  replace: (item: T) => void;
  /** Milliseconds since the epoch; the addresses in older items end. */
  loadedAt: () => number;
};

export const openList = <T extends { id: number }>(list: List<T>): Growing<T> => {
  const items = signal<T[]>([]);
  const isLoading = signal(false);
  const error = signal<unknown>(undefined);
  const next = signal<string | null | undefined>(undefined);
  const isWhole = signal(false);
  let at = 0;
  let run = 0;

  const load = async (isFresh: boolean) => {
    if (isLoading.value && !isFresh) return;
    if (!isFresh && next.value === null) return;
    const mine = ++run;
    batch(() => {
      isLoading.value = true;
      error.value = undefined;
    });
    try {
      const page = await list.page(isFresh ? undefined : next.value);
      if (mine !== run) return;
      batch(() => {
        const known = new Set(isFresh ? [] : items.value.map(({ id }) => id));
        const added = page.items.filter(({ id }) => !known.has(id));
        items.value = isFresh ? added : [...items.value, ...added];
        next.value = page.next;
        isWhole.value = page.next === null;
        isLoading.value = false;
      });
      at = Date.now();
    } catch (failure) {
      if (mine !== run) return;
      batch(() => {
        error.value = failure;
        isLoading.value = false;
      });
    }
  };

  return {
    items,
    isLoading,
    error,
    isWhole,
    loadMore: () => load(false),
    reload: () => load(true),
    loadedAt: () => at,
    replace(item) {
      items.value = items.value.map((one) => (one.id === item.id ? item : one));
    },
    /** Takes an item out; what it returns puts it back in its place. */
    remove(id) {
      const before = items.value;
      const item = before.find((one) => one.id === id);
      const neighbour = before[before.findIndex((one) => one.id === id) - 1]?.id;
      items.value = before.filter((one) => one.id !== id);
      return () => {
        if (!item || items.value.some((one) => one.id === id)) return;
        const place = items.value.findIndex((one) => one.id === neighbour) + 1;
        items.value = items.value.toSpliced(place, 0, item);
      };
    },
  };
};
