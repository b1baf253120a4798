import { ProblemError } from 'darkroom-client';
import { useEffect, useMemo } from 'preact/hooks';
import { go, href } from '../router.ts';
import { username } from '../session/session.ts';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { feedOf } from './feeds.ts';
import { PersonFilter } from './PersonFilter.tsx';
import { Rows } from './Rows.tsx';

const Nobody = ({ user }: { user: string }) => (
  <Empty icon="account" title="Nobody goes by that name">
    <p>
      No member is called <bdi class="strong">{user}</bdi>.
    </p>
    <a class="button" href={href('/')}>
      See everyone’s photos
    </a>
  </Empty>
);

const NoPhotos = ({ user }: { user: string | undefined }) =>
  user && user !== username.value ? (
    <Empty icon="feed" title="No photos yet">
      <p>
        <bdi class="strong">{user}</bdi> has not posted a photo.
      </p>
      <a class="button" href={href('/')}>
        See everyone’s photos
      </a>
    </Empty>
  ) : (
    <Empty icon="feed" title="The wall is empty">
      <p>Nobody has posted a photo yet. Yours can be the first.</p>
      <a class="button main" href={href('/upload')}>
        Upload photos
      </a>
    </Empty>
  );

/** Everyone's photos, or those of one person, newest first. */
export const Feed = ({ user }: { user?: string | undefined }) => {
  const list = useMemo(() => feedOf(user), [user]);
  useEffect(() => {
    if (list.items.value.length === 0 && !list.error.value) void list.reload();
  }, [list]);
  const { items, error, isWhole, isLoading } = list;
  const isUnknown = error.value instanceof ProblemError && error.value.status === 404;
  return (
    <>
      <header class="head">
        <h1 tabIndex={-1}>{user ? <bdi>{user}</bdi> : 'Photographs'}</h1>
        <PersonFilter
          user={user}
          onChoose={(name) => go(name ? `/people/${encodeURIComponent(name)}` : '/')}
        />
      </header>
      {isUnknown && user ? (
        <Nobody user={user} />
      ) : (
        <>
          {isWhole.value && items.value.length === 0 ? <NoPhotos user={user} /> : <Rows list={list} />}
          {items.value.length === 0 && isLoading.value && <Loading what="The feed" />}
          {error.value ? <Failed error={error.value} retry={() => void list.loadMore()} /> : null}
          {isWhole.value && items.value.length > 0 && <p class="end">That is all there is.</p>}
        </>
      )}
    </>
  );
};
