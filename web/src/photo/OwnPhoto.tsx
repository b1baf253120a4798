import { useSignal } from '@preact/signals';
import type { Photo } from 'darkroom-client';
import { forgetFeeds } from '../feed/feeds.ts';
import { shelf } from '../feed/shelf.ts';
import { go } from '../router.ts';
import { client } from '../session/session.ts';
import { Field, Form, Submit } from '../ui/Form.tsx';
import { Icon } from '../ui/Icon.tsx';
import { removeLater } from '../ui/pending.ts';
import { say } from '../ui/toasts.tsx';
import { sayError } from '../words.ts';
import { originalUrl } from './picture.ts';

type Props = { photo: Photo; onChange: (photo: Photo) => void; onRemove?: () => () => void };

/** Takes a photo away when the time to undo it is over. `takeOut` takes it out of what is seen, and returns what puts it back. */
export const deletePhoto = (photo: Photo, takeOut: () => () => void): void => {
  const putBack = takeOut();
  removeLater('Photo deleted.', {
    send: async () => {
      await client.deletePhoto(photo.id);
      forgetFeeds();
    },
    onUndo: putBack,
    onFailure: (error) => {
      putBack();
      say(sayError(error));
    },
  });
};

export const CaptionForm = ({ photo, onDone }: { photo: Photo; onDone: (photo?: Photo) => void }) => (
  <Form
    label="Caption"
    class="form caption-form"
    onSend={async ({ caption = '' }) => onDone(await client.captionPhoto(photo.id, caption.trim() || null))}
  >
    <Field name="caption" label="Caption" multiline autofocus value={photo.caption ?? ''} />
    <div class="actions">
      <Submit>Save</Submit>
      <button type="button" class="button" onClick={() => onDone()}>
        Cancel
      </button>
    </div>
  </Form>
);

/** What the owner of a photo does with it. */
export const OwnPhoto = ({ photo, onChange, onRemove }: Props) => {
  const isWriting = useSignal(false);
  const isPosting = useSignal(false);
  const post = async () => {
    if (isPosting.value) return;
    isPosting.value = true;
    try {
      onChange(await client.publishPhoto(photo.id));
      forgetFeeds();
      say('Posted. Everyone can see it now.');
    } catch (error) {
      say(sayError(error));
    }
    isPosting.value = false;
  };
  const remove = () =>
    deletePhoto(photo, () => {
      if (onRemove) return onRemove();
      const putBack = shelf.value?.remove(photo.id);
      go('/mine');
      return () => putBack?.();
    });
  if (isWriting.value)
    return (
      <CaptionForm
        photo={photo}
        onDone={(changed) => {
          isWriting.value = false;
          if (changed) onChange(changed);
        }}
      />
    );
  return (
    <div class="actions">
      {!photo.posted && (
        <button type="button" class="button main" aria-disabled={isPosting.value} onClick={post}>
          Post
        </button>
      )}
      <button
        type="button"
        class="button"
        onClick={() => {
          isWriting.value = true;
        }}
      >
        <Icon name="pencil" /> Caption
      </button>
      <a class="button" href={originalUrl(photo)} download={photo.filename ?? 'photo'}>
        <Icon name="download" /> Original
      </a>
      <button type="button" class="button danger" onClick={remove}>
        <Icon name="trash" /> Delete
      </button>
    </div>
  );
};
