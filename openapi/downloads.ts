import type { Code } from '../src/errors.ts';
import type { Answer } from './operation.ts';

/** What `sendObject` answers. */
export const downloadAnswers = ({ headers = [], ...whole }: Answer): Record<number, Answer> => {
  const validators = ['ETag', 'Last-Modified'];
  const all = [...validators, 'Accept-Ranges', 'Content-Length', 'Repr-Digest', ...headers];
  return {
    200: { ...whole, headers: all },
    206: { ...whole, description: 'The part that `Range` asks for', headers: [...all, 'Content-Range'] },
    304: { description: 'The copy of the caller is current', headers: validators },
  };
};

/** What `sendObject` refuses. */
export const downloadErrors: readonly Code[] = ['not_found', 'precondition_failed', 'range_not_satisfiable'];
