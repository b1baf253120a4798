import { signal } from '@preact/signals';

/** Where the app lives on its origin. */
export const BASE = '/app';

export type Route = { path: string; query: URLSearchParams; key: string; isBack: boolean };

const scrolls = new Map<string, number>();

const read = (isBack: boolean): Route => ({
  path: decodeURI(location.pathname.slice(BASE.length)) || '/',
  query: new URLSearchParams(location.search),
  key: (history.state as { key?: string } | null)?.key ?? 'first',
  isBack,
});

export const route = signal<Route>(read(false));

/** The path of the app's page as an `href`. */
export const href = (path: string) => `${BASE}${path}`;

/**
 * Opens a page of the app: `path` begins with a slash and may have a query. `quiet` is for another address of the same page: focus and
 * place stay.
 */
export const go = (path: string, { replace = false, quiet = false } = {}): void => {
  scrolls.set(route.value.key, scrollY);
  const state = { key: quiet ? route.value.key : crypto.randomUUID() };
  if (replace) history.replaceState(state, '', href(path));
  else history.pushState(state, '', href(path));
  route.value = read(false);
};

/** Where the page stood when it was left; the top for a new one. */
export const scrollOf = ({ key, isBack }: Route): number => (isBack ? (scrolls.get(key) ?? 0) : 0);

/** The part of a path after a prefix, decoded; undefined where the path does not begin with it. */
export const after = (prefix: string, path: string): string | undefined => {
  if (!path.startsWith(prefix) || path.length === prefix.length) return undefined;
  return decodeURIComponent(path.slice(prefix.length));
};

const isPlain = (event: MouseEvent) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

/** Follows the app's links without loading a page, and goes back and forth with the browser. */
export const startRouter = (): void => {
  history.scrollRestoration = 'manual';
  addEventListener('popstate', () => {
    scrolls.set(route.value.key, scrollY);
    route.value = read(true);
  });
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
    if (!link || event.defaultPrevented || !isPlain(event) || link.target || link.hasAttribute('download'))
      return;
    if (link.origin !== location.origin || !`${link.pathname}/`.startsWith(`${BASE}/`)) return;
    event.preventDefault();
    go(link.pathname.slice(BASE.length) + link.search);
  });
};
