import { batch, computed, type Signal, signal } from '@preact/signals';
import { type Photo, ProblemError } from 'darkroom-client';
import { forgetFeeds } from '../feed/feeds.ts';
import { client } from '../session/session.ts';
import { isAbort, sayError, sentence } from '../words.ts';
import { refuseHere } from './refuseHere.ts';

export type State =
  | { is: 'waiting' }
  | { is: 'sending'; share: number }
  | { is: 'draft'; photo: Photo }
  | { is: 'posted'; photo: Photo }
  /** The file itself is the reason: sending it again is of no use. */
  | { is: 'refused'; why: string }
  | { is: 'failed'; why: string };

export type Item = {
  id: number;
  file: File;
  preview: string;
  caption: Signal<string>;
  state: Signal<State>;
  abort: AbortController;
};

/** How many files are sent at the same time. */
const AT_A_TIME = 2;

export const items = signal<Item[]>([]);

/** When the queue goes on, where the API asked it to wait: milliseconds since the epoch. */
export const pausedUntil = signal(0);

export const isSending = computed(() =>
  items.value.some(({ state }) => state.value.is === 'sending' || state.value.is === 'waiting'),
);

let ids = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

const pause = (seconds: number) => {
  pausedUntil.value = Math.max(pausedUntil.value, Date.now() + seconds * 1000);
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      pausedUntil.value = 0;
      advance();
    },
    Math.max(0, pausedUntil.value - Date.now()),
  );
};

/** What a failed upload means for its file. */
const settle = (item: Item, error: unknown) => {
  if (isAbort(error)) return;
  if (error instanceof ProblemError && error.status === 429) {
    item.state.value = { is: 'waiting' };
    pause(error.retryAfter ?? 60);
  } else if (error instanceof ProblemError && error.status < 500 && error.status !== 401)
    item.state.value = { is: 'refused', why: sentence(error.errors[0]?.detail ?? error.message) };
  else item.state.value = { is: 'failed', why: sayError(error) };
};

const send = async (item: Item) => {
  item.state.value = { is: 'sending', share: 0 };
  const caption = item.caption.value.trim();
  try {
    const photo = await client.uploadPhoto(item.file, {
      caption,
      signal: item.abort.signal,
      onProgress(share) {
        if (item.state.value.is === 'sending') item.state.value = { is: 'sending', share };
      },
    });
    item.state.value = { is: 'draft', photo };
  } catch (error) {
    settle(item, error);
  }
  advance();
};

const advance = () => {
  if (pausedUntil.value > Date.now()) return;
  const busy = items.value.filter(({ state }) => state.value.is === 'sending').length;
  const waiting = items.value.filter(({ state }) => state.value.is === 'waiting');
  for (const item of waiting.slice(0, Math.max(0, AT_A_TIME - busy))) void send(item);
};

/** Takes files into the queue; what cannot be a photo is refused before it is sent. */
export const addFiles = (files: Iterable<File>): void => {
  const added = [...files].map((file): Item => {
    const why = refuseHere(file);
    return {
      id: ++ids,
      file,
      preview: why ? '' : URL.createObjectURL(file),
      caption: signal(''),
      state: signal<State>(why ? { is: 'refused', why } : { is: 'waiting' }),
      abort: new AbortController(),
    };
  });
  items.value = [...items.value, ...added];
  advance();
};

/** Cancels what is being sent, and takes the file off the list. A draft stays with the API. */
export const drop = (item: Item): void => {
  item.abort.abort();
  if (item.preview) URL.revokeObjectURL(item.preview);
  items.value = items.value.filter((one) => one !== item);
  advance();
};

export const retry = (item: Item): void => {
  item.state.value = { is: 'waiting' };
  advance();
};

/** Brings a draft's caption to what was written meanwhile. */
const saveCaption = async (item: Item, photo: Photo): Promise<Photo> => {
  const caption = item.caption.value.trim() || null;
  return caption === photo.caption ? photo : client.captionPhoto(photo.id, caption);
};

/** Posts a draft with its caption. @throws what the API refuses */
export const post = async (item: Item): Promise<void> => {
  const { value } = item.state;
  if (value.is !== 'draft') return;
  await saveCaption(item, value.photo);
  const photo = await client.publishPhoto(value.photo.id);
  batch(() => {
    item.state.value = { is: 'posted', photo };
    forgetFeeds();
  });
};

/** Keeps a draft's caption without posting it. @throws what the API refuses */
export const keep = async (item: Item): Promise<void> => {
  const { value } = item.state;
  if (value.is === 'draft') item.state.value = { is: 'draft', photo: await saveCaption(item, value.photo) };
};

export const clearDone = (): void => {
  for (const item of items.value) if (item.state.value.is === 'posted') drop(item);
};

addEventListener('online', () => {
  for (const item of items.value) if (item.state.value.is === 'failed') retry(item);
});

addEventListener('beforeunload', (event) => {
  if (isSending.value) event.preventDefault();
});
