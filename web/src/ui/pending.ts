import { say, UNDO_TIME } from './toasts.tsx';

type Removal = { send: () => Promise<unknown>; onUndo: () => void; onFailure: (error: unknown) => void };

const waiting = new Set<() => void>();

/** Removes something when the time to undo it is over, or when the page is left. */
export const removeLater = (text: string, { send, onUndo, onFailure }: Removal): void => {
  const commit = () => {
    if (!waiting.delete(commit)) return;
    clearTimeout(timer);
    dismiss();
    send().catch(onFailure);
  };
  const timer = setTimeout(commit, UNDO_TIME);
  const dismiss = say(text, () => {
    if (!waiting.delete(commit)) return;
    clearTimeout(timer);
    onUndo();
  });
  waiting.add(commit);
};

addEventListener('pagehide', () => {
  for (const commit of [...waiting]) commit();
});
