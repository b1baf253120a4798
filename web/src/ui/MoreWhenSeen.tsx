import { useEffect, useRef } from 'preact/hooks';
import type { Growing } from './growing.ts';

/** How far below the screen more is asked for. */
const AHEAD = '1200px';

/** The end of a list: the next page is asked for before it is seen. */
export const MoreWhenSeen = <T,>({ list }: { list: Growing<T> }) => {
  const end = useRef<HTMLDivElement>(null);
  const { isWhole, isLoading, error } = list;
  const isIdle = !isWhole.value && !isLoading.value && !error.value;
  useEffect(() => {
    if (!end.current || !isIdle) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void list.loadMore(), {
      rootMargin: AHEAD,
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [list, isIdle]);
  return <div ref={end} />;
};
