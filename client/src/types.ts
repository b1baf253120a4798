import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type ExchangeFile = Schemas['File'];
export type ImportReport = Schemas['ImportReport'];
export type Movie = Schemas['Movie'];
export type OwnSession = Schemas['OwnSession'];
export type Person = Schemas['Person'];
export type Photo = Schemas['Photo'];

/** A refused row of an import. */
export type Refusal = ImportReport['refusals'][number];

/** `oldest` or `newest` first. */
export type Order = 'asc' | 'desc';

/** An id in a path. */
export const byId = (id: number) => ({ path: { id } });
