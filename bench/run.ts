import { Sentence, supervise } from '../local/processes.ts';

const BENCHES: Record<
  string,
  () => Promise<{ run: (onEnd: (end: () => Promise<unknown>) => void) => Promise<boolean> }>
> = {
  cpu: () => import('./cpu.ts'),
  growth: () => import('./growth.ts'),
  imports: () => import('./imports.ts'),
  memory: () => import('./memory.ts'),
  waits: () => import('./waits.ts'),
};

/** `npm run bench -- <name>`: exits with 1 if a claim does not hold. */
await supervise(async (onEnd, stop) => {
  const load = BENCHES[process.argv[2] ?? ''];
  if (!load) throw new Sentence(`Usage: npm run bench -- ${Object.keys(BENCHES).join('|')}`);
  const { run } = await load();
  stop((await run(onEnd)) ? 0 : 1);
});
