import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { List, Photo } from 'darkroom-client';

/** A list of photos that grows a page at a time, and keeps what it has while the visitor looks elsewhere. */
export type PhotoList = {
  photos: ReadonlySignal<Photo[]>;
  isLoading: ReadonlySignal<boolean>;
  error: ReadonlySignal<unknown>;
  /** Whether nothing more comes. */
  isWhole: ReadonlySignal<boolean>;
  loadMore: () => Promise<void>;
  reload: () => Promise<void>;
  remove: (id: number) => () => void;
  replace: (photo: Photo) => void;
  /** Milliseconds since the epoch; the addresses of older pictures end. */
  loadedAt: () => number;
};

export const openPhotoList = (list: List<Photo>): PhotoList => {
  const photos = signal<Photo[]>([]);
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
        const known = new Set(isFresh ? [] : photos.value.map(({ id }) => id));
        const added = page.items.filter(({ id }) => !known.has(id));
        photos.value = isFresh ? added : [...photos.value, ...added];
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
    photos,
    isLoading,
    error,
    isWhole,
    loadMore: () => load(false),
    reload: () => load(true),
    loadedAt: () => at,
    replace(photo) {
      photos.value = photos.value.map((one) => (one.id === photo.id ? photo : one));
    },
    /** Takes a photo out; what it returns puts it back in its place. */
    remove(id) {
      const before = photos.value;
      const photo = before.find((one) => one.id === id);
      const neighbour = before[before.findIndex((one) => one.id === id) - 1]?.id;
      photos.value = before.filter((one) => one.id !== id);
      return () => {
        if (!photo || photos.value.some((one) => one.id === id)) return;
        const place = photos.value.findIndex((one) => one.id === neighbour) + 1;
        photos.value = photos.value.toSpliced(place, 0, photo);
      };
    },
  };
};
