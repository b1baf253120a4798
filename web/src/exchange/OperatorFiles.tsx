import type { ExchangeFile } from 'darkroom-client';
import { Icon } from '../ui/Icon.tsx';
import { Progress } from '../ui/Progress.tsx';
import { removeLater } from '../ui/pending.ts';
import { Empty, Failed, Lines, Loading } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';
import { useLoaded } from '../ui/useLoaded.ts';
import { DropZone } from '../upload/DropZone.tsx';
import { sayAgo, sayError, saySize } from '../words.ts';
import { operator } from './realms.ts';
import { forget, type Sending, sendFile, sendFiles, sendings } from './sending.ts';

const OnItsWay = ({ sending, onDone }: { sending: Sending; onDone: () => void }) => {
  const { file, share, fault } = sending;
  return (
    <li class="line">
      <div class="file-words">
        <p>
          <bdi>{file.name}</bdi> <span class="hint">{saySize(file.size)}</span>
        </p>
        {fault.value ? (
          <p class="fault" role="alert">
            {fault.value}
          </p>
        ) : (
          <Progress share={share.value} label={`Upload of ${file.name}`} />
        )}
      </div>
      <div class="actions">
        {fault.value && (
          <button type="button" class="button small" onClick={() => void sendFile(sending, onDone)}>
            <Icon name="retry" /> Retry<span class="unseen"> {file.name}</span>
          </button>
        )}
        <button type="button" class="button small" onClick={() => forget(sending)}>
          {fault.value ? 'Remove' : 'Cancel'}
          <span class="unseen"> {file.name}</span>
        </button>
      </div>
    </li>
  );
};

const Line = ({ file, onRemove }: { file: ExchangeFile; onRemove: () => void }) => (
  <li class="line">
    <div>
      <p>
        <bdi>{file.name}</bdi>
      </p>
      <p class="hint">
        {saySize(file.bytes)}, {sayAgo(file.created_at)}
      </p>
    </div>
    <button type="button" class="plain" aria-label={`Delete ${file.name}`} onClick={onRemove}>
      <Icon name="trash" />
    </button>
  </li>
);

/** An operator's files: what clients can fetch, and what is on its way. */
export const OperatorFiles = () => {
  const files = useLoaded(() => operator.listFiles());
  const found = files.value.value;
  const remove = (file: ExchangeFile) => {
    const putBack = () => files.set([...(files.value.value ?? []), file]);
    files.set((found ?? []).filter(({ id }) => id !== file.id));
    removeLater(`${file.name} deleted.`, {
      send: () => operator.deleteFile(file.name),
      onUndo: putBack,
      onFailure: (error) => {
        putBack();
        say(sayError(error));
      },
    });
  };
  return (
    <>
      <DropZone
        onFiles={(chosen) => void sendFiles(chosen, files.reload)}
        title="Drop files for your clients"
        hint="Any kind of file, up to 95 MiB each."
      />
      <ul class="lined">
        {sendings.value.map((sending) => (
          <OnItsWay key={sending.id} sending={sending} onDone={files.reload} />
        ))}
        {found?.map((file) => (
          <Line key={file.id} file={file} onRemove={() => remove(file)} />
        ))}
      </ul>
      {found?.length === 0 && sendings.value.length === 0 && (
        <Empty icon="file" title="No files yet">
          <p>Clients find what you hand out by your username.</p>
        </Empty>
      )}
      {!found && !files.error.value && (
        <Loading what="Your files">
          <Lines count={3} />
        </Loading>
      )}
      {files.error.value ? <Failed error={files.error.value} retry={files.reload} /> : null}
    </>
  );
};
