import type { ImportReport, Refusal } from 'darkroom-client';
import { href } from '../router.ts';
import { Icon } from '../ui/Icon.tsx';
import { saveBlob } from '../ui/saveBlob.ts';
import { count } from '../words.ts';

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** A cell of a CSV; a leading = + - @ would be a formula to a spreadsheet. */
const cell = (value: string) => `"${value.replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;

const download = (rows: Refusal[], file: string) => {
  const lines = rows.map(({ row, field, value, reason }) =>
    [String(row), field ?? '', shown(value), reason].map(cell).join(','),
  );
  const text = ['row,field,value,reason', ...lines].join('\r\n');
  saveBlob(new Blob([`\uFEFF${text}\r\n`], { type: 'text/csv' }), file);
};

type RowsProps = { id: string; title: string; total: number; rows: Refusal[]; reason: string };

const Rows = ({ id, title, total, rows, reason }: RowsProps) => (
  <section class="part" aria-labelledby={id}>
    <div class="line">
      <h2 id={id}>{title}</h2>
      <button type="button" class="button small" onClick={() => download(rows, `${id}-rows.csv`)}>
        <Icon name="download" /> Download the list
      </button>
    </div>
    {total > rows.length && <p class="hint">The first {rows.length} are shown.</p>}
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
    <section class="scroller" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Row</th>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
            <th scope="col">{reason}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, field, value, reason }) => (
            <tr key={`${row} ${shown(value)}`}>
              <th scope="row">{row}</th>
              <td>{field}</td>
              <td dir="auto">{shown(value)}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  </section>
);

type Props = { report: ImportReport; onImport: (partial: boolean) => void };

const NAMES = {
  read: 'Rows read',
  added: 'New movies',
  changed: 'Changed movies',
  unchanged: 'Movies as they were',
  superseded: 'Named again by a later row',
} as const;

/** What an import would do, or did. */
export const Report = ({ report, onImport }: Props) => {
  const isTrial = report.dry_run || report.refused > 0;
  const useful = report.added + report.changed;
  return (
    <>
      <section class="part" aria-labelledby="report">
        <h2 id="report">
          {report.dry_run ? 'This is what the file would do' : isTrial ? 'Nothing was changed' : 'Imported'}
        </h2>
        <dl class="facts">
          {Object.entries(NAMES).map(([name, words]) => (
            <div key={name}>
              <dt>{words}</dt>
              <dd>{report[name as keyof typeof NAMES].toLocaleString('en')}</dd>
            </div>
          ))}
        </dl>
        {isTrial ? (
          <div class="actions">
            {report.refused === 0 && (
              <button type="button" class="button main" onClick={() => onImport(false)}>
                Import {count(report.read, 'row')}
              </button>
            )}
            {report.refused > 0 && useful > 0 && (
              <button type="button" class="button" onClick={() => onImport(true)}>
                Import without the refused rows
              </button>
            )}
          </div>
        ) : (
          <a class="button" href={href('/movies')}>
            See the movies
          </a>
        )}
      </section>
      {report.refusals.length > 0 && (
        <Rows
          id="refused"
          title={count(report.refused, 'refused row')}
          total={report.refused}
          rows={report.refusals}
          reason="What is wrong"
        />
      )}
      {report.warnings.length > 0 && (
        <Rows
          id="doubtful"
          title={count(report.warnings.length, 'doubtful value')}
          total={report.warnings.length}
          rows={report.warnings}
          reason="What may be wrong"
        />
      )}
    </>
  );
};
