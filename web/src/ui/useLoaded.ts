import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export type Loaded<T> = {
  value: ReadonlySignal<T | undefined>;
  error: ReadonlySignal<unknown>;
  reload: () => void;
  set: (value: T) => void;
};

/** What a screen needs from the API: loaded when the screen opens, and when `keys` change. */
export const useLoaded = <T>(load: () => Promise<T>, keys: unknown[] = []): Loaded<T> => {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const run = useSignal(0);
  const reload = () => {
    run.value += 1;
  };
  useEffect(() => {
    let isCurrent = true;
    error.value = undefined;
    load().then(
      (loaded) => {
        if (isCurrent) value.value = loaded;
      },
      (failure) => {
        if (isCurrent) error.value = failure;
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [run.value, ...keys]);
  return {
    value,
    error,
    reload,
    set(next) {
      value.value = next;
    },
  };
};
