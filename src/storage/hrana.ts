/**
 * Hrana over HTTP, version 3: how libSQL is asked (https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md). Our own
 * reading and writing of it, so that the statements of a turn can travel in one request (`pipeline.ts`).
 */

type Value =
  | { type: 'null' }
  | { type: 'integer'; value: string }
  | { type: 'float'; value: number }
  | { type: 'text'; value: string }
  | { type: 'blob'; base64: string };

type Condition = { type: 'ok'; step: number } | { type: 'not'; cond: Condition } | { type: 'is_autocommit' };
type Step = { stmt: { sql: string; args?: Value[] }; condition?: Condition };

export type Statement = { sql: string; args: unknown[] };
export type Request =
  | { type: 'execute'; stmt: { sql: string; args: Value[] } }
  | { type: 'batch'; batch: { steps: Step[] } };

type Fault = { message: string; code?: string | null };
type Answer = { cols: { name: string | null }[]; rows: Value[][]; affected_row_count: number };
type BatchAnswer = { step_results: (Answer | null)[]; step_errors: (Fault | null)[] };
export type Reply =
  | { type: 'ok'; response: { type: 'execute'; result: Answer } | { type: 'batch'; result: BatchAnswer } }
  | { type: 'error'; error: Fault };

/** Rows are arrays in the order of `columns`. */
export type ResultSet = { columns: (string | null)[]; rows: unknown[][]; rowsAffected: number };

/** A statement that the database refused; `code` is SQLite's or the server's own. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
  readonly code: string;

  constructor({ message, code }: Fault) {
    super(`${code ?? 'UNKNOWN'}: ${message}`);
    this.code = code ?? 'UNKNOWN';
  }
}

/** Numbers go as REAL, as with every libSQL client; a column of INTEGER affinity converts them. */
const encode = (value: unknown): Value => {
  if (value === null || value === undefined) return { type: 'null' };
  if (typeof value === 'string') return { type: 'text', value };
  if (typeof value === 'number' && Number.isFinite(value)) return { type: 'float', value };
  if (typeof value === 'boolean') return { type: 'integer', value: value ? '1' : '0' };
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) };
  throw new TypeError(`A ${typeof value} is no parameter of a statement`);
};

const decodeInteger = (text: string): number => {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError('The database answered an integer that a JavaScript number cannot hold');
};

const decode = (value: Value): unknown => {
  switch (value.type) {
    case 'text':
    case 'float':
      return value.value;
    case 'integer':
      return decodeInteger(value.value);
    case 'null':
      return null;
    default:
      throw new TypeError(`No column of ours holds a ${value.type}`);
  }
};

const decodeAnswer = ({ cols, rows, affected_row_count: rowsAffected }: Answer): ResultSet => ({
  columns: cols.map(({ name }) => name),
  rows: rows.map((row) => row.map(decode)),
  rowsAffected,
});

const encodeStatement = ({ sql, args }: Statement) => ({ sql, args: args.map(encode) });

export const encodeExecute = (statement: Statement): Request => ({
  type: 'execute',
  stmt: encodeStatement(statement),
});

/** All statements in one transaction: each step runs only if the one before succeeded, and a failure rolls all of them back. */
export const encodeBatch = (statements: Statement[]): Request => {
  const inTransaction: Condition = { type: 'not', cond: { type: 'is_autocommit' } };
  const after = (step: number): Condition => ({ type: 'ok', step });
  const steps: Step[] = [{ stmt: { sql: 'BEGIN DEFERRED' } }];
  for (const statement of statements)
    steps.push({ stmt: encodeStatement(statement), condition: after(steps.length - 1) });
  steps.push({ stmt: { sql: 'COMMIT' }, condition: after(steps.length - 1) });
  steps.push({ stmt: { sql: 'ROLLBACK' }, condition: inTransaction });
  return { type: 'batch', batch: { steps } };
};

/** The results of an `execute` (one) or of a batch (one for each of its statements). @throws DatabaseError */
export const decodeReply = (reply: Reply): ResultSet[] => {
  if (reply.type === 'error') throw new DatabaseError(reply.error);
  if (reply.response.type === 'execute') return [decodeAnswer(reply.response.result)];
  const { step_results: results, step_errors: errors } = reply.response.result;
  const fault = errors.find((error) => error !== null);
  if (fault) throw new DatabaseError(fault);
  return results.slice(1, -2).map((result) => {
    if (result) return decodeAnswer(result);
    throw new DatabaseError({ message: 'The transaction was rolled back', code: 'TRANSACTION_CLOSED' });
  });
};
