import { ApiError, type Code, type ErrorDetails } from '../errors.ts';

/** An error whose response needs a header by HTTP: `Allow`, `Content-Range`, `Accept`. */
export class HttpError extends ApiError {
  readonly headers: Record<string, string>;

  constructor(code: Code, message: string, headers: Record<string, string>, details?: ErrorDetails) {
    super(code, message, details);
    this.headers = headers;
  }
}
