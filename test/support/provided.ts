import type { ImageInfo } from 'clean-image';

/** The values that `globalSetup.ts` provides to the tests in workerd. */
declare module 'vitest' {
  interface ProvidedContext {
    bindings: Record<string, string>;
    /** Images full of metadata that must never be served; the bytes in base64. */
    fixtures: { name: string; contentType: string; info: ImageInfo; base64: string }[];
    /** Byte strings that no stored object may contain, in base64. */
    secrets: string[];
  }
}
