import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../ui/Icon.tsx';

type Props = {
  onFiles: (files: File[]) => void;
  accept?: string;
  title: string;
  hint: string;
  /** Offers the camera of a phone. */
  withCamera?: boolean;
};

const filesOf = (transfer: DataTransfer | null) => [...(transfer?.files ?? [])];

/** Takes files that are dropped anywhere on the page, pasted, chosen, or made with the camera. */
export const DropZone = ({ onFiles, accept, title, hint, withCamera }: Props) => {
  const chooser = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const isOver = useSignal(false);

  useEffect(() => {
    const take = (event: Event, transfer: DataTransfer | null) => {
      const files = filesOf(transfer);
      if (files.length === 0) return;
      event.preventDefault();
      onFiles(files);
    };
    const onPaste = (event: ClipboardEvent) => take(event, event.clipboardData);
    const onOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      isOver.value = true;
    };
    const onLeave = (event: DragEvent) => {
      if (!event.relatedTarget) isOver.value = false;
    };
    const onDrop = (event: DragEvent) => {
      isOver.value = false;
      take(event, event.dataTransfer);
    };
    document.addEventListener('paste', onPaste);
    document.addEventListener('dragover', onOver);
    document.addEventListener('dragleave', onLeave);
    document.addEventListener('drop', onDrop);
    return () => {
      document.removeEventListener('paste', onPaste);
      document.removeEventListener('dragover', onOver);
      document.removeEventListener('dragleave', onLeave);
      document.removeEventListener('drop', onDrop);
    };
  }, [onFiles]);

  const take = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    onFiles([...(input.files ?? [])]);
    input.value = ''; // the same file can be chosen again
  };
  const shared = {
    type: 'file' as const,
    class: 'unseen',
    tabIndex: -1,
    'aria-hidden': true,
    onChange: take,
  };
  return (
    <div class="drop" data-over={isOver.value || undefined}>
      <Icon name="upload" />
      <p class="drop-title">{title}</p>
      <p class="hint">{hint}</p>
      <div class="actions">
        <button type="button" class="button main" onClick={() => chooser.current?.click()}>
          Choose files
        </button>
        {withCamera && (
          <button type="button" class="button camera" onClick={() => camera.current?.click()}>
            <Icon name="camera" /> Camera
          </button>
        )}
      </div>
      <input {...shared} ref={chooser} multiple accept={accept} aria-label="Choose files" />
      {withCamera && (
        <input {...shared} ref={camera} accept="image/*" capture="environment" aria-label="Camera" />
      )}
    </div>
  );
};
