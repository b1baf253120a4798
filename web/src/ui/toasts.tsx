import { signal } from '@preact/signals';
import { Icon } from './Icon.tsx';

type Toast = { id: number; text: string; undo?: () => void; timer: ReturnType<typeof setTimeout> };

const toasts = signal<Toast[]>([]);
let ids = 0;

/** In milliseconds. */
const SHOWN = 5_000;
export const UNDO_TIME = 7_000;

const dismiss = (id: number) => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

/** Tells something in passing; `undo` adds a button. Returns what takes it away. */
export const say = (text: string, undo?: () => void): (() => void) => {
  const id = ++ids;
  const timer = setTimeout(() => dismiss(id), undo ? UNDO_TIME : SHOWN);
  toasts.value = [...toasts.value.slice(-2), { id, text, timer, ...(undo && { undo }) }];
  return () => dismiss(id);
};

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, text, undo }) => (
      <div class="toast" key={id}>
        <span dir="auto">{text}</span>
        {undo && (
          <button
            type="button"
            class="button small"
            onClick={() => {
              dismiss(id);
              undo();
            }}
          >
            Undo
          </button>
        )}
        <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(id)}>
          <Icon name="close" />
        </button>
      </div>
    ))}
  </div>
);
