import { pipeline, Readable } from 'node:stream';
import { JSONParser, TokenType } from '@streamparser/json';
import { CsvError, parse } from 'csv-parse';
import { ApiError } from '../../errors.ts';

/** A row of a file, or why it cannot be read. */
export type Row = { value: unknown } | { unreadable: string };

const KIB = 1024;
const MAX_ROW_LENGTH = 64 * KIB;
/** The limit of an element of a JSON array. It is checked with each chunk. */
const MAX_ELEMENT_LENGTH = 512 * KIB;
const MAX_DEPTH = 16;

const malformed = (detail: string, cause?: unknown) => new ApiError('malformed', detail, { cause });

async function* decode(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const read = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (cause) {
      throw malformed('The file is not encoded in UTF-8.', cause);
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
    if (depth > MAX_DEPTH) throw new Error(`The file is nested more than ${MAX_DEPTH} levels deep`);
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
      throw malformed(`The JSON is invalid or incomplete at row ${row + rows.length + 1}.`, failure);
  };
  let read = 0;
  let since = 0;
  for await (const text of texts) {
    feed(() => parser.write(text), read);
    since = rows.length > 0 ? 0 : since + text.length;
    if (since > MAX_ELEMENT_LENGTH)
      throw malformed(`Row ${read + 1} is longer than ${MAX_ELEMENT_LENGTH / KIB} KiB.`);
    yield* rows;
    read += rows.length;
    rows = [];
  }
  feed(() => {
    if (!parser.isEnded) parser.end();
  }, read);
}

const readLine = (line: string): Row => {
  if (line.length > MAX_ROW_LENGTH)
    return { unreadable: `The line is longer than ${MAX_ROW_LENGTH} characters.` };
  try {
    return { value: JSON.parse(line) };
  } catch {
    return { unreadable: 'The line is not valid JSON.' };
  }
};

async function* readLines(texts: AsyncIterable<string>): AsyncGenerator<Row> {
  let rest = '';
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_ROW_LENGTH) rest = rest.slice(0, MAX_ROW_LENGTH + 1);
    for (const line of lines) if (line.trim()) yield readLine(line);
  }
  if (rest.trim()) yield readLine(rest);
}

const DELIMITERS = [',', ';', '\t'];

/** The delimiter that the header has most of: spreadsheets use the one of their country. */
const delimiterOf = (start: string) => {
  const [header = ''] = start.trimStart().split(/[\r\n]/, 1);
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
};

const CSV_FAULTS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted field is not closed',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${MAX_ROW_LENGTH / KIB} KiB, maybe because a quote is not closed`,
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
    max_record_size: MAX_ROW_LENGTH,
  });
  pipeline(Readable.from(texts), parser, () => {});
  try {
    for await (const { record, info } of parser) {
      const { error } = info as { error?: CsvError };
      yield error
        ? { unreadable: `The row does not have ${width} fields, like the header.` }
        : { value: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const fault = CSV_FAULTS[error.code] ?? 'a quote is in the wrong place';
    throw malformed(`The CSV is invalid at line ${error.lines}: ${fault}.`, error);
  }
}

/**
 * Reads the rows of a file as it arrives, in UTF-8. The first character tells the format: a JSON array,
 * NDJSON, or CSV with a header (RFC 4180; commas, semicolons or tabs). A line of NDJSON and a row of CSV have
 * at most 64 KiB. `expectHeader` may throw for the names in the header of a CSV file.
 * @throws ApiError `malformed`, or `invalid` for an empty file
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
        errors: [{ field: 'file', detail: 'must not be empty' }],
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
