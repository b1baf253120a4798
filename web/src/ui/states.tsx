import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { sayError } from '../words.ts';
import { Icon, type IconName } from './Icon.tsx';

/** A screen that has nothing to show, and what to do about it. */
export const Empty = ({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}) => (
  <div class="state">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children}
  </div>
);

/** What failed, and a way to try it again. It tries by itself when the connection is back. */
export const Failed = ({ error, retry }: { error: unknown; retry: () => void }) => {
  useEffect(() => {
    addEventListener('online', retry);
    return () => removeEventListener('online', retry);
  });
  return (
    <div class="state" role="alert">
      <h2>That did not work</h2>
      <p>{sayError(error)}</p>
      <button type="button" class="button" onClick={retry}>
        <Icon name="retry" /> Try again
      </button>
    </div>
  );
};

/** In milliseconds. */
const LONG_WAIT = 6_000;

/** Says after a while that it knows how long this takes. */
export const Loading = ({ what, children }: { what: string; children?: ComponentChildren }) => {
  const isLong = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      isLong.value = true;
    }, LONG_WAIT);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="loading" aria-busy="true">
      <p class={isLong.value ? 'note' : 'unseen'} role="status">
        {isLong.value
          ? `${what} is taking longer than usual. The network may be slow; we keep trying.`
          : `${what}…`}
      </p>
      {children}
    </div>
  );
};

/** Grey places where lines of text will be. */
export const Lines = ({ count }: { count: number }) => (
  <div class="lines" aria-hidden="true">
    {Array.from({ length: count }, (_, i) => (
      <span key={i} />
    ))}
  </div>
);
