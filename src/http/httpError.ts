import { ApiError, type Code, type ErrorDetails } from '../errors.ts';

/** An error that HTTP itself defines, with the headers that its response must have: `Allow`, `Content-Range`. */
export class HttpError extends ApiError {
  readonly headers: Record<string, string>;

  constructor(code: Code, message: string, headers: Record<string, string>, details?: ErrorDetails) {
    super(code, message, details);
    this.headers = headers;
  }
}
