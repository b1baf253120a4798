import { useSignal } from '@preact/signals';
import { type Photo, ProblemError } from 'darkroom-client';
import { useEffect } from 'preact/hooks';
import { shelf } from '../feed/shelf.ts';
import { go, href } from '../router.ts';
import { client, username } from '../session/session.ts';
import { Icon } from '../ui/Icon.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { count, sayAgo, sayDate } from '../words.ts';
import { OwnPhoto } from './OwnPhoto.tsx';
import { Picture } from './Picture.tsx';
import { nameOf, ratioOf, uprightSize } from './picture.ts';

/** How far before the end of its list the next page is asked for. */
const AHEAD = 5;

const neighbours = (id: number) => {
  const photos = shelf.value?.items.value ?? [];
  const at = photos.findIndex((photo) => photo.id === id);
  if (at >= photos.length - AHEAD && shelf.value?.isWhole.value === false) void shelf.value.loadMore();
  return {
    known: photos[at],
    before: at > 0 ? photos[at - 1] : undefined,
    behind: at >= 0 ? photos[at + 1] : undefined,
  };
};

const turnTo = (photo: Photo) => go(`/photos/${photo.id}`, { replace: true });

/** Back to where the photo was opened, or to the feed. */
const leave = () => (shelf.value ? history.back() : go('/'));

const useKeys = (before: Photo | undefined, behind: Photo | undefined) =>
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.altKey || event.ctrlKey || event.metaKey || target.closest('input, textarea, dialog')) return;
      const isRtl = getComputedStyle(document.documentElement).direction === 'rtl';
      const [back, on] = isRtl ? ['ArrowRight', 'ArrowLeft'] : ['ArrowLeft', 'ArrowRight'];
      if (event.key === back && before) turnTo(before);
      else if (event.key === on && behind) turnTo(behind);
      else if (event.key === 'Escape') leave();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [before?.id, behind?.id]);

const Arrow = ({ to, name, label }: { to: Photo | undefined; name: 'left' | 'right'; label: string }) =>
  to ? (
    <a
      class={`arrow ${name}`}
      href={href(`/photos/${to.id}`)}
      aria-label={label}
      onClick={(event) => {
        event.preventDefault();
        turnTo(to);
      }}
    >
      <Icon name={name} />
    </a>
  ) : null;

const Details = ({ photo }: { photo: Photo }) => {
  const { width, height } = uprightSize(photo);
  const at = photo.published_at ?? photo.created_at;
  return (
    <dl class="details">
      <div>
        <dt>{photo.posted ? 'Posted' : 'Uploaded'}</dt>
        <dd>
          <time dateTime={at} title={sayDate(at)}>
            {sayAgo(at)}
          </time>
        </dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>
          {width} × {height}
          {photo.frames > 1 && `, ${count(photo.frames, 'frame')}`}
        </dd>
      </div>
      {photo.taken_at && (
        <div>
          <dt>Taken</dt>
          <dd>{sayDate(photo.taken_at)}</dd>
        </div>
      )}
    </dl>
  );
};

const Shown = ({ photo, onChange }: { photo: Photo; onChange: (photo: Photo) => void }) => {
  const { before, behind } = neighbours(photo.id);
  useKeys(before, behind);
  return (
    <article class="photo">
      <div class="stage" style={{ '--ratio': ratioOf(photo) }}>
        <Picture
          key={photo.id}
          photo={photo}
          sizes={`min(100vw, ${Math.round(ratioOf(photo) * 84)}vh)`}
          alt={nameOf(photo)}
          isFirst
          withOriginal
        />
        <Arrow to={before} name="left" label="Previous photo" />
        <Arrow to={behind} name="right" label="Next photo" />
        <button type="button" class="arrow close" aria-label="Close" onClick={leave}>
          <Icon name="close" />
        </button>
      </div>
      <div class="under">
        <div class="words">
          <h1 tabIndex={-1} dir="auto" class={photo.caption ? 'caption' : 'caption none'}>
            {photo.caption || 'Untitled'}
          </h1>
          <p class="by">
            by{' '}
            <a href={href(`/people/${encodeURIComponent(photo.username)}`)}>
              <bdi>{photo.username}</bdi>
            </a>
            {!photo.posted && <span class="badge">Draft</span>}
          </p>
          <Details photo={photo} />
        </div>
        {photo.username === username.value && <OwnPhoto photo={photo} onChange={onChange} />}
      </div>
    </article>
  );
};

/** One photo, with arrows through the list that it was opened from. */
export const PhotoPage = ({ id }: { id: number }) => {
  const loaded = useSignal<Photo | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const { known } = neighbours(id);
  const load = () => {
    error.value = undefined;
    client.getPhoto(id).then(
      (photo) => {
        loaded.value = photo;
      },
      (failure) => {
        error.value = failure;
      },
    );
  };
  useEffect(() => {
    if (!known) load();
  }, [id]);
  const photo = known ?? (loaded.value?.id === id ? loaded.value : undefined);
  if (photo)
    return (
      <Shown
        photo={photo}
        onChange={(changed) => {
          shelf.value?.replace(changed);
          loaded.value = changed;
        }}
      />
    );
  if (error.value instanceof ProblemError && error.value.status === 404)
    return (
      <Empty icon="mine" title="This photo is not here">
        <p>It was deleted, or it is somebody’s draft.</p>
        <a class="button" href={href('/')}>
          See everyone’s photos
        </a>
      </Empty>
    );
  if (error.value) return <Failed error={error.value} retry={load} />;
  return (
    <Loading what="The photo">
      <div class="stage blank" aria-hidden="true" />
    </Loading>
  );
};
