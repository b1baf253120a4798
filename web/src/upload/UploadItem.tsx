import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { href } from '../router.ts';
import { Icon } from '../ui/Icon.tsx';
import { Progress } from '../ui/Progress.tsx';
import { say } from '../ui/toasts.tsx';
import { sayError, saySize } from '../words.ts';
import { drop, type Item, keep, pausedUntil, post, retry } from './queue.ts';

const Status = ({ item }: { item: Item }) => {
  const state = item.state.value;
  switch (state.is) {
    case 'waiting':
      return <p class="hint">{pausedUntil.value > 0 ? 'Waits for the pause to end' : 'Waiting'}</p>;
    case 'sending':
      return <Progress share={state.share} label={`Upload of ${item.file.name}`} />;
    case 'refused':
    case 'failed':
      return (
        <p class="fault" role="alert">
          {state.why}
        </p>
      );
    case 'draft':
      return <p class="hint">Uploaded as a draft. Only you see it.</p>;
    case 'posted':
      return (
        <p class="hint">
          Posted. <a href={href(`/photos/${state.photo.id}`)}>See it</a>
        </p>
      );
  }
};

const Caption = ({ item }: { item: Item }) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class="unseen">
        Caption of {item.file.name}
      </label>
      <textarea
        id={id}
        rows={2}
        dir="auto"
        maxLength={2_000}
        placeholder="Write a caption…"
        value={item.caption.value}
        onInput={(event) => {
          item.caption.value = event.currentTarget.value;
        }}
        onBlur={() => void keep(item).catch(() => {})} // posting saves it as well
      />
    </div>
  );
};

export const UploadItem = ({ item }: { item: Item }) => {
  const isPosting = useSignal(false);
  const state = item.state.value;
  const onPost = async () => {
    if (isPosting.value) return;
    isPosting.value = true;
    await post(item).catch((error) => say(sayError(error)));
    isPosting.value = false;
  };
  const isOpen = state.is === 'waiting' || state.is === 'sending' || state.is === 'draft';
  const isOver = state.is === 'refused' || state.is === 'failed';
  return (
    <li class="upload" data-state={state.is}>
      <div class="upload-picture">
        {item.preview ? <img src={item.preview} alt="" /> : <Icon name="file" />}
      </div>
      <div class="upload-words">
        <p class="upload-name">
          <bdi>{item.file.name}</bdi> <span class="hint">{saySize(item.file.size)}</span>
        </p>
        {isOpen && <Caption item={item} />}
        {state.is === 'posted' && state.photo.caption && <p dir="auto">{state.photo.caption}</p>}
        <Status item={item} />
      </div>
      <div class="actions">
        {state.is === 'draft' && (
          <button type="button" class="button main small" aria-disabled={isPosting.value} onClick={onPost}>
            Post<span class="unseen"> {item.file.name}</span>
          </button>
        )}
        {state.is === 'failed' && (
          <button type="button" class="button small" onClick={() => retry(item)}>
            <Icon name="retry" /> Retry<span class="unseen"> {item.file.name}</span>
          </button>
        )}
        {state.is !== 'draft' && state.is !== 'posted' && (
          <button type="button" class="button small" onClick={() => drop(item)}>
            {isOver ? 'Remove' : 'Cancel'}
            <span class="unseen"> {item.file.name}</span>
          </button>
        )}
      </div>
    </li>
  );
};
