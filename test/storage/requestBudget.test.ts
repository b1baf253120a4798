import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Dependency, startBudget, withTimeout } from '../../src/storage/requestBudget.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Waits for a dependency, from now or from a later time on. */
const wait = async (
  budget: ReturnType<typeof startBudget>,
  dependency: Dependency,
  milliseconds: number,
  from = 0,
) => {
  await pause(from);
  await budget.track(dependency, () => pause(milliseconds));
};

it('counts overlapping waits once, and adds up the others', async () => {
  const budget = startBudget(1_500);
  const work = Promise.all([
    wait(budget, 'libsql', 300),
    wait(budget, 'redis', 100, 100),
    wait(budget, 'redis', 200, 200), // 100 ms beyond libSQL
    wait(budget, 'libsql', 50, 500),
  ]);
  await vi.advanceTimersByTimeAsync(1_000);
  await work;
  expect([budget.count(), budget.remaining()]).toEqual([2, 1_500 - 450]);
  expect(budget.times()).toEqual([
    { name: 'libsql', duration: 350 },
    { name: 'redis', duration: 300 },
  ]);
});

it('counts a wait while it lasts, and never falls below zero', async () => {
  const budget = startBudget(1_500);
  void wait(budget, 'libsql', 10_000);
  await vi.advanceTimersByTimeAsync(600);
  expect(budget.remaining()).toBe(900);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(budget.remaining()).toBe(0);
});

it('measures R2 and Images without charging the budget', async () => {
  const budget = startBudget(1_500);
  const work = Promise.all([wait(budget, 'r2', 700), wait(budget, 'images', 900, 1_000)]);
  await vi.advanceTimersByTimeAsync(2_000);
  await work;
  expect([budget.count(), budget.remaining()]).toEqual([2, 1_500]);
});

it('counts a wait that fails', async () => {
  const budget = startBudget(1_500);
  const failing = budget.track('libsql', async () => {
    await pause(400);
    throw new Error('Connection lost');
  });
  await Promise.all([expect(failing).rejects.toThrow('Connection lost'), vi.advanceTimersByTimeAsync(400)]);
  expect(budget.remaining()).toBe(1_100);
});

it('grows with the body by a second for each 5 MB, up to 10 s', () => {
  const budget = startBudget(1_500);
  budget.extendFor(5_000_000);
  expect(budget.remaining()).toBe(2_500);
  for (let i = 0; i < 95; i++) budget.extendFor(1_000_000);
  expect(budget.remaining()).toBe(11_500);
});

it('can be guaranteed for the last statement', async () => {
  const budget = startBudget(1_500);
  const work = wait(budget, 'libsql', 1_200);
  await vi.advanceTimersByTimeAsync(1_200);
  await work;
  budget.ensure(200);
  expect(budget.remaining()).toBe(300);
  budget.ensure(1_500);
  expect(budget.remaining()).toBe(1_500);
});

it('ends the wait for a dependency that does not answer', async () => {
  const late = withTimeout(200, 'R2', () => new Promise(() => {}));
  const ended = expect(late).rejects.toThrow('R2 gave no answer in 200 ms');
  await vi.advanceTimersByTimeAsync(200);
  await ended;
});
