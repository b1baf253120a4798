import * as z from 'zod';
import type { Code } from '../src/errors.ts';
import { STATUS, TITLES } from '../src/middleware/problems.ts';

/** RFC 9457, with `message` equal to `detail`: some of the documented clients read that. */
export const Problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    message: z.string().describe('The same as `detail`'),
    code: z.enum([...(Object.keys(STATUS) as Code[]), 'internal']),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('A JSON pointer to the field, as a URI fragment (RFC 6901)'),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'A problem (RFC 9457)' });

export type Problem = z.output<typeof Problem>;

/** What each code means. */
export const MEANINGS: Record<Code, string> = {
  malformed: 'The request cannot be read',
  unauthenticated: 'The token is missing, invalid, expired or revoked',
  wrong_credentials: 'The username or the password is wrong',
  forbidden: 'The caller may not do this',
  not_found: 'There is nothing there that the caller may see',
  method_not_allowed: 'The path does not support the method',
  conflict: 'The request conflicts with what is stored',
  precondition_failed: 'A precondition of the request does not hold',
  too_large: 'The body is too large',
  unsupported_type: 'The media type is not supported',
  range_not_satisfiable: 'The range lies outside of the file',
  invalid: 'A field or parameter is invalid',
  throttled: 'Too many requests',
  unavailable: 'A dependency is not responding, or the Worker is not configured',
  quota_exceeded: 'The account has no room left for this',
};

const DETAILS: Record<Code, string> = {
  malformed: 'The body is not valid JSON.',
  unauthenticated: 'The token has expired.',
  wrong_credentials: 'No account matches this username and password.',
  forbidden: 'This endpoint needs a token from the member realm.',
  not_found: 'Not found.',
  method_not_allowed: 'This path does not support PUT. It supports GET, HEAD, POST.',
  conflict: 'This username is taken.',
  precondition_failed: 'The resource has changed: If-Match or If-Unmodified-Since does not hold.',
  too_large: 'The body is larger than 64 KiB.',
  quota_exceeded: 'This account may store 5368709120 bytes and has used 5368709000 of them.',
  unsupported_type: 'Send JSON (Content-Type: application/json) or a form.',
  range_not_satisfiable: 'The requested range lies outside the 10-byte file.',
  invalid: 'The request is invalid: username is required.',
  throttled: '5 per 1 minute',
  unavailable: 'A dependency is not responding. Nothing already confirmed has been lost; please retry.',
};

/** A problem of this code, as an example. */
export const exampleOf = (code: Code): Problem => ({
  type: 'about:blank',
  title: TITLES[STATUS[code]] ?? '',
  status: STATUS[code],
  detail: DETAILS[code],
  message: DETAILS[code],
  code,
  request_id: '0b8f2c1e-5d0a-4c6e-9f3b-7a1d2e3f4a5b',
  ...(code === 'invalid' && { errors: [{ pointer: '#/username', detail: 'is required' }] }),
});
