export type Dependency = 'libsql' | 'redis' | 'r2' | 'images';

/** The result of the work, or an error after so many milliseconds. The work itself is not stopped. */
export const withTimeout = async <T>(
  milliseconds: number,
  who: string,
  work: () => Promise<T>,
): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`${who} gave no answer in ${milliseconds} ms`));
    timer = setTimeout(fail, milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
};

/** The union of overlapping spans: how often it was entered from outside, and how long it was inside, in milliseconds. */
const spans = () => {
  let inside = 0;
  let since = 0;
  let total = 0;
  let entered = 0;
  return {
    enter() {
      if (inside++ > 0) return;
      since = performance.now();
      entered++;
    },
    leave() {
      if (--inside === 0) total += performance.now() - since;
    },
    get total() {
      return total + (inside > 0 ? performance.now() - since : 0);
    },
    get entered() {
      return entered;
    },
  };
};

const BYTES_PER_MILLISECOND = 5_000;
const MAX_EXTENSION_MS = 10_000;

export type RequestBudget = ReturnType<typeof startBudget>;

/**
 * One request's waiting for its dependencies. Waits that overlap count once. `budget` is how long the request may wait for libSQL and
 * Redis in all, in milliseconds; transfers to and from R2, and Images, are timed but not budgeted.
 */
export const startBudget = (budget: number) => {
  const every = spans();
  const budgeted = spans();
  const each = { libsql: spans(), redis: spans(), r2: spans(), images: spans() };
  let received = 0;
  return {
    async track<T>(dependency: Dependency, work: () => Promise<T>): Promise<T> {
      const own = each[dependency];
      const entered = dependency === 'r2' || dependency === 'images' ? [every, own] : [every, budgeted, own];
      for (const span of entered) span.enter();
      try {
        return await work();
      } finally {
        for (const span of entered) span.leave();
      }
    },
    /** Whole milliseconds of the budget that are left. */
    remaining: () => Math.max(0, Math.ceil(budget - budgeted.total)),
    /** Gives the request this many milliseconds more to wait. */
    extend(more: number) {
      budget += more;
    },
    /** Leaves the request at least this many milliseconds to wait, as if it had only begun. */
    ensure(least: number) {
      budget = Math.max(budget, budgeted.total + least);
    },
    /** Of a body that arrives, each 5 MB give the request a second more, 10 s at most: nobody sends 95 MiB twice for a slow second. */
    extendFor(bytes: number) {
      const more = Math.min(bytes / BYTES_PER_MILLISECOND, MAX_EXTENSION_MS - received);
      received += more;
      budget += more;
    },
    /** Waits so far that did not overlap. */
    count: () => every.entered,
    /** Milliseconds waited for each dependency that was asked at all. */
    times: () =>
      (Object.keys(each) as Dependency[])
        .filter((name) => each[name].entered > 0)
        .map((name) => ({ name, duration: Math.round(each[name].total * 10) / 10 })),
  };
};
