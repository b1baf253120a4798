import * as z from 'zod';
import { ACCESS_SECONDS } from '../src/domain/accounts/tokens.ts';
import { TOKEN } from './accounts.ts';
import { downloadAnswers, downloadErrors } from './downloads.ts';
import type { Answer, Operation, Operations } from './operation.ts';
import { Message } from './system.ts';

const FileView = z
  .object({ id: z.int(), name: z.string(), bytes: z.int().nonnegative(), created_at: z.iso.datetime() })
  .meta({ id: 'File' });

export type FileView = z.output<typeof FileView>;

const ExchangeSession = z
  .object({
    message: z.string(),
    username: z.string(),
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.literal(ACCESS_SECONDS.ops).describe('Seconds until the access token expires'),
  })
  .meta({ id: 'ExchangeSession' });

export type ExchangeSession = z.output<typeof ExchangeSession>;

const file: FileView = {
  id: 1,
  name: 'contract.pdf',
  bytes: 48_213,
  created_at: '2026-11-24T09:30:00.000Z',
};

const files: Answer = {
  description: 'The files; as plain text their names, one a line',
  schema: z.array(FileView),
  example: [file],
  text: 'contract.pdf\n',
};

const session: ExchangeSession = {
  message: 'Logged in as studio',
  username: 'studio',
  access_token: TOKEN,
  token_type: 'Bearer',
  expires_in: ACCESS_SECONDS.ops,
};

const signUp = (id: string, who: string): Operation => ({
  id,
  tag: 'exchange',
  summary: `Register ${who}`,
  body: { username: 'studio', password: 'correct horse' },
  answers: { 201: { description: 'The account is created; the body is empty' } },
  errors: ['conflict'],
});

const logIn = (id: string, who: string): Operation => ({
  id,
  tag: 'exchange',
  summary: `Log in as ${who}`,
  description:
    'The token is valid for 365 days. An unknown account and a wrong password are both 404. Without `Accept: application/json` the response is the token alone.',
  body: { username: 'studio', password: 'correct horse' },
  answers: {
    200: {
      description: 'The token',
      schema: ExchangeSession,
      example: session,
      text: TOKEN,
    },
  },
  errors: ['not_found', 'throttled'],
});

export const exchange: Operations = {
  'POST /ops/signup': signUp('signUpOperator', 'an operator'),
  'POST /client/signup': signUp('signUpClient', 'a client'),
  'POST /ops/login': logIn('logInOperator', 'an operator'),
  'POST /client/login': logIn('logInClient', 'a client'),
  'POST /ops/upload': {
    id: 'uploadFile',
    tag: 'exchange',
    summary: 'Upload a file for clients',
    form: { part: 'request_file', description: 'The file' },
    answers: {
      201: {
        description: 'The file is stored',
        schema: FileView,
        example: file,
        text: 'File uploaded',
      },
    },
    errors: ['malformed', 'conflict', 'too_large', 'quota_exceeded', 'unsupported_type', 'invalid'],
  },
  'GET /ops/files': {
    id: 'listFiles',
    tag: 'exchange',
    summary: 'List my files by name',
    answers: { 200: files },
  },
  'DELETE /ops/files/:name': {
    id: 'deleteFile',
    tag: 'exchange',
    summary: 'Delete a file',
    answers: {
      200: {
        description: 'The file and its bytes are deleted',
        schema: Message,
        example: { message: 'File deleted' },
        text: 'File deleted',
      },
    },
  },
  'GET /client/files/:ops': {
    id: 'listFilesOfOperator',
    tag: 'exchange',
    summary: 'List the files of an operator by name',
    answers: { 200: files },
  },
  'GET /client/files/:ops/:name': {
    id: 'downloadFile',
    tag: 'exchange',
    summary: 'Download a file',
    answers: downloadAnswers({
      description: 'The file, as an attachment',
      binary: ['application/octet-stream'],
      headers: ['Content-Disposition'],
    }),
    errors: downloadErrors,
  },
};
