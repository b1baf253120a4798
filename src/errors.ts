/** What Darkroom may answer instead of doing what it was asked; CONTRACT: docs/contract.md, "Errors". */
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

/** An error that the caller learns of: its message is a sentence for the caller, and never says more than the caller may know. */
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

export const unavailable = (cause: unknown) =>
  new ApiError(
    'unavailable',
    'A service that this needs does not answer. Nothing that was acknowledged is lost; try again soon.',
    {
      retryAfter: 1,
      cause,
    },
  );
