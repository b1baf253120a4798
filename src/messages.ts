import * as z from 'zod';

/* Zod's messages in plain words: each goes on after the name of the field, as in "username must not be empty". */

const TYPES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  stringbool: 'true or false',
  array: 'an array',
  object: 'an object',
};

const plural = (count: number | bigint, noun: string) => `${count} ${noun}${Number(count) === 1 ? '' : 's'}`;

type Limit = { origin: string; inclusive?: boolean };

const describeLimit = ({ origin, inclusive }: Limit, limit: number | bigint, at: string, beyond: string) => {
  if (origin === 'string') return `must be ${at} ${plural(limit, 'character')}`;
  if (origin === 'array') return `must have ${at} ${plural(limit, 'item')}`;
  return `must be ${inclusive === false ? beyond : at} ${limit}`;
};

const describeIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'too_small':
      if (issue.minimum === 1 && issue.origin === 'string') return 'must not be empty';
      return describeLimit(issue, issue.minimum, 'at least', 'greater than');
    case 'too_big':
      return describeLimit(issue, issue.maximum, 'at most', 'less than');
    case 'invalid_value':
      if (issue.input === undefined) return 'is required';
      if (issue.expected === 'stringbool') return 'must be true or false';
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `must not have ${issue.keys.join(', ')}`;
    default:
      return 'is not valid';
  }
};

z.config({ localeError: describeIssue });
