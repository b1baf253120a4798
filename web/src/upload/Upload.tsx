import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { href } from '../router.ts';
import { say } from '../ui/toasts.tsx';
import { count, sayError, sayWait } from '../words.ts';
import { DropZone } from './DropZone.tsx';
import { addFiles, clearDone, items, pausedUntil, post } from './queue.ts';
import { ACCEPTED } from './refuseHere.ts';
import { UploadItem } from './UploadItem.tsx';

/** Counts down while the API wants a pause. */
const Pause = () => {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = (pausedUntil.value - now.value) / 1000;
  return (
    <p class="note">
      Many photos in a short time: the rest is sent in {sayWait(seconds)}, by itself. You can leave this page.
    </p>
  );
};

const Summary = () => {
  const isPosting = useSignal(false);
  const drafts = items.value.filter(({ state }) => state.value.is === 'draft');
  const posted = items.value.filter(({ state }) => state.value.is === 'posted');
  const open = items.value.filter(
    ({ state }) => state.value.is === 'sending' || state.value.is === 'waiting',
  );
  const postAll = async () => {
    if (isPosting.value) return;
    isPosting.value = true;
    try {
      for (const item of drafts) await post(item);
    } catch (error) {
      say(sayError(error));
    }
    isPosting.value = false;
  };
  const parts = [
    open.length > 0 && `${open.length} on the way`,
    drafts.length > 0 && count(drafts.length, 'draft'),
    posted.length > 0 && `${posted.length} posted`,
  ].filter(Boolean);
  return (
    <div class="summary">
      <p role="status">{parts.join(', ')}</p>
      <div class="actions">
        {posted.length > 0 && (
          <button type="button" class="button" onClick={clearDone}>
            Clear what is posted
          </button>
        )}
        {drafts.length > 1 && (
          <button type="button" class="button main" aria-disabled={isPosting.value} onClick={postAll}>
            Post all {drafts.length}
          </button>
        )}
      </div>
    </div>
  );
};

/** New photos: sent as drafts, captioned, and posted. */
export const Upload = () => (
  <div class="column">
    <header class="head">
      <h1 tabIndex={-1}>Upload</h1>
    </header>
    <DropZone
      onFiles={addFiles}
      accept={ACCEPTED}
      title="Drop photos here, or paste them"
      hint="JPEG, PNG, GIF, WebP or AVIF. Places and names that the camera wrote are taken out."
      withCamera
    />
    {pausedUntil.value > 0 && <Pause />}
    {items.value.length > 0 && (
      <>
        <Summary />
        <ul class="uploads">
          {items.value.map((item) => (
            <UploadItem key={item.id} item={item} />
          ))}
        </ul>
        <p class="hint">
          Drafts wait for you in <a href={href('/mine')}>Mine</a>.
        </p>
      </>
    )}
  </div>
);
