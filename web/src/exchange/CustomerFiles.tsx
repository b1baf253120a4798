import { useSignal } from '@preact/signals';
import { type ExchangeFile, ProblemError } from 'darkroom-client';
import { go, route } from '../router.ts';
import { Icon } from '../ui/Icon.tsx';
import { saveBlob } from '../ui/saveBlob.ts';
import { Empty, Failed, Lines, Loading } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';
import { useLoaded } from '../ui/useLoaded.ts';
import { sayAgo, sayError, saySize } from '../words.ts';
import { customer } from './realms.ts';

const Line = ({ file, from }: { file: ExchangeFile; from: string }) => {
  const isBusy = useSignal(false);
  const fetchFile = async () => {
    if (isBusy.value) return;
    isBusy.value = true;
    try {
      saveBlob(await customer.downloadFile(from, file.name), file.name);
    } catch (error) {
      say(sayError(error));
    }
    isBusy.value = false;
  };
  return (
    <li class="line">
      <div>
        <p>
          <bdi>{file.name}</bdi>
        </p>
        <p class="hint">
          {saySize(file.bytes)}, {sayAgo(file.created_at)}
        </p>
      </div>
      <button
        type="button"
        class="button small"
        aria-disabled={isBusy.value}
        data-busy={isBusy.value || undefined}
        onClick={fetchFile}
      >
        <Icon name="download" /> Download<span class="unseen"> {file.name}</span>
      </button>
    </li>
  );
};

const Files = ({ from }: { from: string }) => {
  const files = useLoaded(() => customer.listFiles(from), [from]);
  const found = files.value.value;
  const { value: error } = files.error;
  if (error instanceof ProblemError && error.status === 404)
    return (
      <Empty icon="search" title="No such operator">
        <p>
          No operator is called <bdi class="strong">{from}</bdi>.
        </p>
      </Empty>
    );
  if (error) return <Failed error={error} retry={files.reload} />;
  if (!found)
    return (
      <Loading what="The files">
        <Lines count={3} />
      </Loading>
    );
  if (found.length === 0)
    return (
      <Empty icon="file" title="No files">
        <p>
          <bdi class="strong">{from}</bdi> hands out no file at the moment.
        </p>
      </Empty>
    );
  return (
    <ul class="lined">
      {found.map((file) => (
        <Line key={file.id} file={file} from={from} />
      ))}
    </ul>
  );
};

/** Looks an operator up, and fetches their files. */
export const CustomerFiles = () => {
  const from = route.value.query.get('from') ?? '';
  return (
    <>
      <search>
        <form
          class="filter wide"
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get('from')).trim();
            go(name ? `/exchange?from=${encodeURIComponent(name)}` : '/exchange', {
              replace: true,
              quiet: true,
            });
          }}
        >
          <Icon name="search" />
          <input
            type="search"
            name="from"
            aria-label="Username of an operator"
            placeholder="Username of an operator"
            autocapitalize="none"
            autocomplete="off"
            dir="auto"
            defaultValue={from}
          />
        </form>
      </search>
      {from ? <Files key={from} from={from} /> : <p class="hint below">Their files are listed here.</p>}
    </>
  );
};
