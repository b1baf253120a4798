import { HttpError } from './httpError.ts';

/** The error for a body whose media type the route does not accept (RFC 9110 §15.5.16). */
export const unsupportedType = (method: string, message: string, types: readonly string[]) => {
  const accepted = types.join(', ');
  const headers = { Accept: accepted, ...(method === 'POST' && { 'Accept-Post': accepted }) };
  return new HttpError('unsupported_type', message, headers);
};

/** Refuses a compressed body (RFC 9110 §8.4, §12.5.3). @throws HttpError `unsupported_type` */
export const refuseEncoding = ({ headers }: Request): void => {
  const encoding = headers.get('Content-Encoding')?.trim().toLowerCase();
  if (encoding && encoding !== 'identity')
    throw new HttpError('unsupported_type', 'Send the body without a Content-Encoding.', {
      'Accept-Encoding': 'identity',
    });
};
