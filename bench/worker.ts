import worker from '../src/index.ts';

type Slowed = Env & { R2_DELAY: string };

/** The emulation of R2, with a delay in front of each operation, in milliseconds. */
const slow = (bucket: R2Bucket, delay: number): R2Bucket =>
  new Proxy(bucket, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await scheduler.wait(delay);
        return member.apply(target, args);
      };
    },
  });

let slowed: Env | undefined;

/** The Worker, unchanged except for its bucket. */
export default {
  fetch(request, env, ctx) {
    slowed ??= { ...env, PHOTOS: slow(env.PHOTOS, Number(env.R2_DELAY)) };
    return worker.fetch(request, slowed, ctx);
  },
} satisfies ExportedHandler<Slowed>;
