import { useSignal } from '@preact/signals';
import { type ImportReport, ProblemError } from 'darkroom-client';
import { href } from '../router.ts';
import { client } from '../session/session.ts';
import { Icon } from '../ui/Icon.tsx';
import { Progress } from '../ui/Progress.tsx';
import { say } from '../ui/toasts.tsx';
import { DropZone } from '../upload/DropZone.tsx';
import { count, sayError, saySize } from '../words.ts';
import { Report } from './Report.tsx';

/** The report of an import that refused rows refused is in the problem. */
const reportIn = (error: unknown): ImportReport | undefined =>
  error instanceof ProblemError && typeof error.problem.refused === 'number'
    ? (error.problem as unknown as ImportReport)
    : undefined;

type Step =
  | { is: 'idle' }
  | { is: 'busy'; share: number }
  | { is: 'done'; report: ImportReport }
  | { is: 'failed'; error: unknown };

/** Imports a file of movies; it is tried first, and changes something only when that is asked for. */
export const ImportMovies = () => {
  const file = useSignal<File | undefined>(undefined);
  const step = useSignal<Step>({ is: 'idle' });
  const run = async (wanted: { dryRun: boolean; partial: boolean }) => {
    if (!file.value || step.value.is === 'busy') return;
    step.value = { is: 'busy', share: 0 };
    try {
      const report = await client.importMovies(file.value, {
        ...wanted,
        onProgress: (share) => {
          step.value = { is: 'busy', share };
        },
      });
      step.value = { is: 'done', report };
      if (!wanted.dryRun) say(`${count(report.added, 'movie')} added, ${report.changed} changed.`);
    } catch (error) {
      const report = reportIn(error);
      step.value = report ? { is: 'done', report } : { is: 'failed', error };
    }
  };
  const take = (files: File[]) => {
    file.value = files[0];
    void run({ dryRun: true, partial: false });
  };
  const state = step.value;
  return (
    <div class="column">
      <header class="head">
        <h1 tabIndex={-1}>Import movies</h1>
        <a class="button" href={href('/movies')}>
          <Icon name="left" /> Movies
        </a>
      </header>
      <DropZone
        onFiles={take}
        accept=".csv,.json,.ndjson,.jsonl,.txt,text/csv,application/json"
        title="Drop a file of movies"
        hint="A JSON array, NDJSON, or CSV with a header: name, 99popularity, imdb_score, genre (separated by |), director. It is checked first; nothing changes yet."
      />
      {file.value && (
        <p class="chosen">
          <Icon name="file" /> <bdi>{file.value.name}</bdi>{' '}
          <span class="hint">{saySize(file.value.size)}</span>
        </p>
      )}
      {state.is === 'busy' && (
        <>
          <Progress share={state.share} label="Upload of the file" />
          <p class="hint" role="status">
            {state.share < 1 ? 'Sending the file…' : 'Reading the rows…'}
          </p>
        </>
      )}
      {state.is === 'failed' && (
        <p class="fault" role="alert">
          {sayError(state.error)}
        </p>
      )}
      {state.is === 'done' && (
        <Report report={state.report} onImport={(partial) => run({ dryRun: false, partial })} />
      )}
    </div>
  );
};
