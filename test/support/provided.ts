import type { ImageInfo } from 'clean-image';

/** What `globalSetup.ts` hands to the tests in workerd. */
declare module 'vitest' {
  interface ProvidedContext {
    bindings: Record<string, string>;
    /** Images full of what must not leave the house; the bytes in base64. */
    fixtures: { name: string; contentType: string; info: ImageInfo; base64: string }[];
    /** What must be found in nothing that is stored, in base64. */
    secrets: string[];
  }
}
