import type { Photo } from 'darkroom-client';
import { useEffect, useMemo } from 'preact/hooks';
import { shelf } from '../feed/shelf.ts';
import { OwnPhoto } from '../photo/OwnPhoto.tsx';
import { Picture } from '../photo/Picture.tsx';
import { nameOf } from '../photo/picture.ts';
import { href, route } from '../router.ts';
import { client, username } from '../session/session.ts';
import { type Growing, openList } from '../ui/growing.ts';
import { Icon } from '../ui/Icon.tsx';
import { MoreWhenSeen } from '../ui/MoreWhenSeen.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { Tabs } from '../ui/Tabs.tsx';
import { sayAgo } from '../words.ts';

const SHOWN = { drafts: 'Drafts', posted: 'Posted' } as const;
type Shown = keyof typeof SHOWN;

const PAGE = 24;

const listFor = (shown: Shown): Growing<Photo> =>
  openList(
    shown === 'drafts'
      ? client.listMyDrafts({ order: 'desc', limit: PAGE })
      : client.listPhotos({ order: 'desc', limit: PAGE, user: username.value ?? '' }),
  );

const Card = ({ photo, list }: { photo: Photo; list: Growing<Photo> }) => (
  <li class="card">
    <a
      class="card-picture"
      href={href(`/photos/${photo.id}`)}
      aria-label={nameOf(photo)}
      onClick={() => {
        shelf.value = list;
      }}
    >
      <Picture photo={photo} sizes="(max-width: 40rem) 100vw, 22rem" alt="" />
    </a>
    <div class="card-words">
      <p dir="auto" class={photo.caption ? 'card-caption' : 'card-caption none'}>
        {photo.caption || 'No caption yet'}
      </p>
      <p class="hint">
        {photo.posted ? 'Posted' : 'Uploaded'} {sayAgo(photo.published_at ?? photo.created_at)}
        {photo.filename && (
          <>
            {' · '}
            <bdi>{photo.filename}</bdi>
          </>
        )}
      </p>
      <OwnPhoto
        photo={photo}
        onChange={(changed) => {
          list.replace(changed);
          if (changed.posted && !photo.posted) list.remove(photo.id);
        }}
        onRemove={() => list.remove(photo.id)}
      />
    </div>
  </li>
);

const Nothing = ({ shown }: { shown: Shown }) => (
  <Empty icon="mine" title={shown === 'drafts' ? 'No drafts' : 'Nothing posted yet'}>
    <p>
      {shown === 'drafts'
        ? 'What you upload waits here until you post it.'
        : 'Everyone sees the photos that you post.'}
    </p>
    <a class="button main" href={href('/upload')}>
      <Icon name="upload" /> Upload photos
    </a>
  </Empty>
);

/** One's own photos: drafts, and what everyone sees. */
export const Mine = () => {
  const shown: Shown = route.value.query.get('show') === 'posted' ? 'posted' : 'drafts';
  const list = useMemo(() => listFor(shown), [shown]);
  useEffect(() => void list.reload(), [list]);
  const { items, isWhole, isLoading, error } = list;
  return (
    <>
      <header class="head">
        <h1 tabIndex={-1}>My photos</h1>
        <Tabs
          label="Which photos"
          tabs={[
            { path: '/mine', label: SHOWN.drafts, isCurrent: shown === 'drafts' },
            { path: '/mine?show=posted', label: SHOWN.posted, isCurrent: shown === 'posted' },
          ]}
        />
      </header>
      {isWhole.value && items.value.length === 0 && <Nothing shown={shown} />}
      <ul class="cards">
        {items.value.map((photo) => (
          <Card key={photo.id} photo={photo} list={list} />
        ))}
      </ul>
      {items.value.length === 0 && isLoading.value && (
        <Loading what="Your photos">
          <div class="cards" aria-hidden="true">
            {[1, 2, 3].map((i) => (
              <span class="card blank" key={i} />
            ))}
          </div>
        </Loading>
      )}
      {error.value ? <Failed error={error.value} retry={() => void list.loadMore()} /> : null}
      <MoreWhenSeen list={list} />
    </>
  );
};
