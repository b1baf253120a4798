/** One input that was refused: `pointer` is a JSON pointer to it, such as `#/username`. */
export type InvalidInput = { pointer: string; detail: string };

type Problem = {
  status: number;
  code?: string;
  title?: string;
  detail?: string;
  request_id?: string;
  errors?: InvalidInput[];
};

/** What the API refused, as it said it (RFC 9457). `message` is a sentence for people. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** Stable, for programs: `invalid`, `throttled`, `unauthenticated`, … */
  readonly code: string;
  readonly errors: InvalidInput[];
  readonly requestId: string | undefined;
  /** In seconds; how long to wait before another attempt. */
  readonly retryAfter: number | undefined;
  /** The whole problem, with the members that only this operation has. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(problem: Problem, retryAfter?: number) {
    super(problem.detail || problem.title || `The server answered ${problem.status}.`);
    this.status = problem.status;
    this.code = problem.code ?? 'unknown';
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id;
    this.retryAfter = retryAfter;
    this.problem = problem;
  }

  /** What is wrong with one input, by its name. */
  about(field: string): string | undefined {
    return this.errors.find(({ pointer }) => pointer.replace(/^#?\//, '') === field)?.detail;
  }
}

/** No answer came: the network or the server is away. Nothing is known of what the request did. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(cause?: unknown) {
    super('There is no connection to the server.', { cause });
  }
}

/** Seconds until `Retry-After` (RFC 9110 §10.2.3), a number or a date. */
const readRetryAfter = (value: string | null): number | undefined => {
  if (value === null || value === '') return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
};

/** The error of an answer that is not a success. `text` is its body. */
export const readProblem = (status: number, text: string, retryAfter: string | null): ProblemError => {
  const wait = readRetryAfter(retryAfter);
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem === 'object' && problem !== null)
      return new ProblemError({ ...problem, status }, wait);
  } catch {} // a proxy's page, or plain text
  return new ProblemError({ status, detail: text.startsWith('<') ? '' : text.slice(0, 500) }, wait);
};
