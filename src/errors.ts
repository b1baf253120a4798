/** Every error that Darkroom answers with; docs/contract.md, "Errors", says what each means. */
export type Code =
  | 'malformed'
  | 'unauthenticated'
  | 'wrong_credentials'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'precondition_failed'
  | 'too_large'
  | 'quota_exceeded'
  | 'unsupported_type'
  | 'range_not_satisfiable'
  | 'invalid'
  | 'throttled'
  | 'unavailable';

/** A field of the input, by its name or by the path that leads to it, and what is wrong with it. */
export type FieldError = { field: string | readonly PropertyKey[]; detail: string };

export type ErrorDetails = {
  /** What is wrong with which field of the input. */
  errors?: FieldError[];
  /** Seconds after which trying again makes sense. */
  retryAfter?: number;
  /** The limit that is used up. */
  limit?: { name: string; limit: number; window: number };
  /** Further members of the problem (RFC 9457 §3.2). */
  extensions?: Record<string, unknown>;
  /** For the log alone. */
  cause?: unknown;
};

/** An error for the caller. Its message is a sentence that the caller may read. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: Code;
  readonly details: ErrorDetails;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** A dependency has failed. The caller may retry. */
export const unavailable = (cause: unknown) =>
  new ApiError(
    'unavailable',
    'A dependency is not responding. Nothing already confirmed has been lost; please retry.',
    {
      retryAfter: 1,
      cause,
    },
  );
