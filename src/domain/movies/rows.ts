import { pipeline, Readable } from 'node:stream';
import { JSONParser, TokenType } from '@streamparser/json';
import { CsvError, parse } from 'csv-parse';
import { ApiError } from '../../errors.ts';

/** What a file holds in one of its rows, or why that cannot be told. */
export type Row = { value: unknown } | { unreadable: string };

const LONGEST_ROW = 64 * 1024;
/** Of an array; looked at with each chunk of it. */
const LONGEST_ELEMENT = 512 * 1024;
const DEEPEST = 16;

const malformed = (detail: string, cause?: unknown) => new ApiError('malformed', detail, { cause });

async function* decode(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const read = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (cause) {
      throw malformed('The file is not UTF-8.', cause);
    }
  };
  for await (const chunk of chunks) yield read(chunk);
  yield read();
}

async function* readArray(texts: AsyncIterable<string>): AsyncGenerator<Row> {
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false });
  let rows: Row[] = [];
  let depth = 0;
  let failure: unknown;
  parser.onToken = ({ token }) => {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) depth++;
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth--;
    if (depth > DEEPEST) throw new Error(`The file is nested more than ${DEEPEST} deep`);
  };
  parser.onValue = ({ value }) => {
    rows.push({ value });
  };
  parser.onError = (error) => {
    failure ??= error;
  };
  const feed = (work: () => void, row: number) => {
    try {
      work();
    } catch (error) {
      failure ??= error;
    }
    if (failure)
      throw malformed(
        `The JSON cannot be read, or ends too early, at row ${row + rows.length + 1}.`,
        failure,
      );
  };
  let read = 0;
  let since = 0;
  for await (const text of texts) {
    feed(() => parser.write(text), read);
    since = rows.length > 0 ? 0 : since + text.length;
    if (since > LONGEST_ELEMENT)
      throw malformed(`Row ${read + 1} is longer than ${LONGEST_ELEMENT / 1024} KiB.`);
    yield* rows;
    read += rows.length;
    rows = [];
  }
  feed(() => {
    if (!parser.isEnded) parser.end();
  }, read);
}

const readLine = (line: string): Row => {
  if (line.length > LONGEST_ROW) return { unreadable: `The line is longer than ${LONGEST_ROW} characters.` };
  try {
    return { value: JSON.parse(line) };
  } catch {
    return { unreadable: 'The line is not JSON.' };
  }
};

async function* readLines(texts: AsyncIterable<string>): AsyncGenerator<Row> {
  let held = '';
  for await (const text of texts) {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    if (held.length > LONGEST_ROW) held = held.slice(0, LONGEST_ROW + 1);
    for (const line of lines) if (line.trim()) yield readLine(line);
  }
  if (held.trim()) yield readLine(held);
}

const DELIMITERS = [',', ';', '\t'];

/** What separates the names of the header: spreadsheets write what is usual in their country. */
const delimiterOf = (start: string) => {
  const [header = ''] = start.trimStart().split(/[\r\n]/, 1);
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
};

const CSV_FAULTS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote that was opened before is not closed',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${LONGEST_ROW / 1024} KiB, perhaps because a quote is not closed`,
};

async function* readCsv(
  texts: AsyncIterable<string>,
  delimiter: string,
  expectHeader: (names: string[]) => void,
): AsyncGenerator<Row> {
  let width = 0;
  const parser = parse({
    delimiter,
    columns: (header: string[]) => {
      const names = header.map((name) => name.trim());
      expectHeader(names);
      width = names.length;
      return names;
    },
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  pipeline(Readable.from(texts), parser, () => {});
  try {
    for await (const { record, info } of parser) {
      const { error } = info as { error?: CsvError };
      yield error
        ? { unreadable: `The row does not have ${width} fields, as the header has.` }
        : { value: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const fault = CSV_FAULTS[error.code] ?? 'a quote stands where none may';
    throw malformed(`The CSV cannot be read beyond line ${error.lines}: ${fault}.`, error);
  }
}

/**
 * The rows of a file as it arrives: a JSON array, NDJSON, or CSV with a header (RFC 4180; commas, semicolons or tabs), whichever its first
 * character says; UTF-8. A line of NDJSON or a row of CSV has at most 64 KiB.
 * `expectHeader` may refuse the names in a CSV's header. @throws ApiError `malformed`, `invalid` for an empty file
 */
export async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  expectHeader: (names: string[]) => void,
): AsyncGenerator<Row> {
  const texts = decode(chunks);
  let start = '';
  while (!start.trim()) {
    const { value, done } = await texts.next();
    if (done)
      throw new ApiError('invalid', 'The file is empty.', {
        errors: [{ field: 'file', detail: 'is empty' }],
      });
    start = value;
  }
  async function* whole() {
    yield start;
    yield* texts;
  }
  const first = start.trimStart()[0];
  if (first === '[') yield* readArray(whole());
  else if (first === '{') yield* readLines(whole());
  else yield* readCsv(whole(), delimiterOf(start), expectHeader);
}
