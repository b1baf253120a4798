export type { AccountChanges, Credentials, Registration } from './accounts.ts';
export {
  type Client,
  type ClientOptions,
  type CustomerClient,
  createClient,
  createCustomerClient,
  createOperatorClient,
  type OperatorClient,
} from './client.ts';
export type { List, Page } from './lists.ts';
export type { ImportOptions, MovieFields, MovieQuery } from './movies.ts';
export { type Format, imageUrl, type PhotoUpload, WIDTHS, type Width } from './photos.ts';
export { ConnectionError, type InvalidInput, ProblemError } from './problems.ts';
export type { paths } from './schema.ts';
export { inMemory, type TokenStore, type Tokens } from './tokens.ts';
export type { Api } from './transport.ts';
export type {
  Account,
  ExchangeFile,
  ImportReport,
  Movie,
  Order,
  OwnSession,
  Person,
  Photo,
  Refusal,
} from './types.ts';
export type { UploadOptions } from './uploads.ts';
