/** A page of a list; `next` is the cursor of the one after it, null at the end. */
export type Page<T> = { items: T[]; next: string | null };

/** A list of the API: `for await` gives its items one by one, `page` a page at a time. */
export type List<T> = AsyncIterable<T> & {
  page: (cursor?: string | null, signal?: AbortSignal) => Promise<Page<T>>;
};

type Fetch<T> = (cursor: string | undefined, signal: AbortSignal | undefined) => Promise<Page<T>>;

export const listOf = <T>(fetchPage: Fetch<T>): List<T> => ({
  page: (cursor, signal) => fetchPage(cursor ?? undefined, signal),
  async *[Symbol.asyncIterator]() {
    let cursor: string | null | undefined;
    do {
      const page = await fetchPage(cursor ?? undefined, undefined);
      yield* page.items;
      cursor = page.next;
    } while (cursor);
  },
});

/** The cursor in a `Link` header (RFC 8288) whose relation is `next`. */
export const cursorOf = (link: string | null): string | null => {
  const [, url] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '') ?? [];
  return url ? new URL(url, 'http://list.invalid').searchParams.get('cursor') : null;
};
