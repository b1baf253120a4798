import { ApiError, type FieldError } from '../errors.ts';

const escapePart = (part: PropertyKey) =>
  encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'));

/** The JSON pointer to a field, as a URI fragment (RFC 6901 §6). */
export const pointerTo = (field: FieldError['field']): string =>
  `#${(typeof field === 'string' ? [field] : field).map((part) => `/${escapePart(part)}`).join('')}`;

/**
 * The error for invalid fields. A detail follows the name of its field, for example "must not be empty".
 * @param whole what to name if there is no field
 */
export const invalidFields = (errors: FieldError[], whole = 'the body'): ApiError => {
  const details = errors.map(({ field, detail }) => `${pointerTo(field).slice(2) || whole} ${detail}`);
  return new ApiError('invalid', `The request is invalid: ${details.join('; ')}.`, { errors });
};

/** Throws the error again, with a field of the domain renamed to the field of this request. */
export const renameField = (from: string, to: string) => (error: unknown) => {
  if (!(error instanceof ApiError) || !error.details.errors) throw error;
  const errors = error.details.errors.map(({ field, detail }) => ({
    field: field === from ? to : field,
    detail,
  }));
  throw new ApiError(error.code, error.message, { ...error.details, errors });
};
