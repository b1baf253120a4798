import { onTestFinished, vi } from 'vitest';

/** Waits until an assertion holds. The limit only ends what would never hold. */
export const eventually = <T>(assertion: () => Promise<T>): Promise<T> =>
  vi.waitFor(assertion, { timeout: 60_000, interval: 20 });

/** Stops the clock until the test ends, so that a limit per minute counts all of the test in one minute. */
export const stopClock = () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
};

const minute = () => Math.floor(Date.now() / 60_000);

/** The result of work that began and ended within one minute by the clock; what did not is done again. */
export const inOneMinute = async <T>(work: () => Promise<T>): Promise<T> => {
  for (;;) {
    const began = minute();
    const result = await work();
    if (minute() === began) return result;
  }
};
