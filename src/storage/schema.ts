import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** Every time in these tables is a number of milliseconds since the Unix epoch. */

export const accounts = sqliteTable(
  'accounts',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    realm: text({ enum: ['member', 'ops', 'client'] }).notNull(),
    username: text().notNull(),
    usernameFolded: text('username_folded').notNull(),
    email: text(),
    emailFolded: text('email_folded'),
    name: text(),
    passwordHash: text('password_hash').notNull(),
    role: text({ enum: ['user', 'admin'] })
      .notNull()
      .default('user'),
    createdAt: integer('created_at').notNull(),
    deactivatedAt: integer('deactivated_at'),
  },
  (t) => [index('accounts_people').on(t.realm, t.id).where(sql`deactivated_at is null`)],
);

/**
 * A username and an e-mail address alike: what names at most one account of its realm. Made from the folded forms that the account has;
 * an address that is the username too is one row.
 */
export const identifiers = sqliteTable(
  'identifiers',
  {
    realm: text({ enum: ['member', 'ops', 'client'] }).notNull(),
    folded: text().notNull(),
    kind: text({ enum: ['username', 'email'] }).notNull(),
    accountId: integer('account_id')
      .notNull()
      .references(() => accounts.id),
  },
  (t) => [primaryKey({ columns: [t.realm, t.folded] }), index('identifiers_account').on(t.accountId)],
);

export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    accountId: integer('account_id')
      .notNull()
      .references(() => accounts.id),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    rotation: integer('generation').notNull().default(0),
    previousNonce: text('previous_nonce'),
    nonce: text().notNull(),
    nextNonce: text('next_nonce'),
    rotatedAt: integer('stepped_at'),
    refreshedAt: integer('refreshed_at'),
    refreshEndedAt: integer('refresh_ended_at'),
    endedAt: integer('ended_at'),
    userAgent: text('user_agent'),
  },
  (t) => [index('sessions_account').on(t.accountId, t.createdAt), index('sessions_expiry').on(t.expiresAt)],
);

export const revocations = sqliteTable(
  'revocations',
  { subject: text().primaryKey(), expiresAt: integer('expires_at').notNull() },
  (t) => [index('revocations_expiry').on(t.expiresAt)],
);

export const photos = sqliteTable(
  'photos',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    accountId: integer('account_id')
      .notNull()
      .references(() => accounts.id),
    key: text().notNull(),
    filename: text().notNull(),
    contentType: text('content_type').notNull(),
    bytes: integer().notNull(),
    width: integer().notNull(),
    height: integer().notNull(),
    /** Exif's: how the pixels are to be turned, 1 to 8. */
    orientation: integer(),
    frames: integer(),
    /** As the camera wrote it: ISO 8601, with an offset from UTC where it gave one. */
    takenAt: text('taken_at'),
    /** SHA-256, in base64: of the stored bytes, and of those that the owner sent. */
    sha256: text(),
    sourceSha256: text('source_sha256'),
    /** A tiny image as a data: URL. */
    placeholder: text(),
    /** When Images last refused to read it. */
    unreadableAt: integer('unreadable_at'),
    caption: text(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    publishedAt: integer('published_at'),
  },
  (t) => [
    uniqueIndex('photos_key').on(t.key),
    index('photos_feed').on(t.publishedAt, t.id).where(sql`published_at is not null`),
    index('photos_feed_of').on(t.accountId, t.publishedAt, t.id).where(sql`published_at is not null`),
    index('photos_own').on(t.accountId, t.createdAt, t.id),
    index('photos_source').on(t.accountId, t.sourceSha256),
    index('photos_drafts').on(t.accountId, t.createdAt, t.id).where(sql`published_at is null`),
  ],
);

/** What operators hand to clients. */
export const files = sqliteTable(
  'files',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    accountId: integer('account_id')
      .notNull()
      .references(() => accounts.id),
    name: text().notNull(),
    key: text().notNull(),
    bytes: integer().notNull(),
    /** SHA-256 of the bytes, in base64. */
    sha256: text(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [uniqueIndex('files_name').on(t.accountId, t.name), uniqueIndex('files_key').on(t.key)],
);

export const movies = sqliteTable(
  'movies',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text().notNull(),
    director: text().notNull(),
    directorFolded: text('director_folded').notNull(),
    popularity: real().notNull(),
    imdbScore: real('imdb_score').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('movies_name_director').on(t.name, t.director),
    index('movies_by_name').on(t.name, t.id),
    index('movies_by_popularity').on(t.popularity, t.id),
    index('movies_by_score').on(t.imdbScore, t.id),
    index('movies_of_director').on(t.directorFolded, t.id),
    index('movies_of_director_by_name').on(t.directorFolded, t.name, t.id),
    index('movies_of_director_by_popularity').on(t.directorFolded, t.popularity, t.id),
    index('movies_of_director_by_score').on(t.directorFolded, t.imdbScore, t.id),
  ],
);

/**
 * A movie's genres, in their order. The movie's sort keys are copied here, by triggers, so that the movies of one genre are read in any order
 * from an index. What a movie is found by is in `movie_texts`, a full-text index: see `domain/movies/searchIndex.ts`.
 */
export const movieGenres = sqliteTable(
  'movie_genres',
  {
    movieId: integer('movie_id')
      .notNull()
      .references(() => movies.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    genre: text().notNull(),
    folded: text().notNull(),
    name: text().notNull(),
    popularity: real().notNull(),
    imdbScore: real('imdb_score').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.movieId, t.folded] }),
    index('genres_by_id').on(t.folded, t.movieId),
    index('genres_by_name').on(t.folded, t.name, t.movieId),
    index('genres_by_popularity').on(t.folded, t.popularity, t.movieId),
    index('genres_by_score').on(t.folded, t.imdbScore, t.movieId),
  ],
);

/** The words of titles and directors, of three letters or more. A word stays when its last movie goes. */
export const movieWords = sqliteTable('movie_words', { word: text().primaryKey() });

/** Ranges of ids of movies whose text in `movie_texts` is missing or old. Triggers add a movie that is added or renamed. */
export const movieTextQueue = sqliteTable('movie_text_queue', {
  first: integer().primaryKey(),
  last: integer().notNull(),
});

/**
 * Objects whose fate is open. Unswept: an upload under way, whose row will take its place. Swept: to be deleted now, and once more a
 * day later, so that a transfer which outlived its request leaves nothing behind. Removing a photo or a file writes one swept at birth.
 */
export const pendingObjects = sqliteTable(
  'intents',
  {
    key: text().primaryKey(),
    uploadId: text('upload_id'),
    createdAt: integer('created_at').notNull(),
    markedAt: integer('swept_at'),
    deletedAt: integer('deleted_at'),
    /** Of an object that was stored: its size. */
    bytes: integer(),
  },
  (t) => [
    index('intents_unswept').on(t.createdAt).where(sql`swept_at is null`),
    index('intents_swept').on(t.deletedAt).where(sql`swept_at is not null`),
  ],
);

/** What each account stores, photos and files together. Triggers on both tables keep it. */
export const storageUsage = sqliteTable('storage_usage', {
  accountId: integer('account_id')
    .primaryKey()
    .references(() => accounts.id, { onDelete: 'cascade' }),
  bytes: integer().notNull(),
  photos: integer().notNull(),
  files: integer().notNull(),
});

/** An import under way or done: what stood in its file, and what the catalogue made of it. */
export const imports = sqliteTable(
  'imports',
  {
    id: text().primaryKey(),
    createdAt: integer('created_at').notNull(),
    committedAt: integer('committed_at'),
    staged: integer(),
    remaining: integer(),
    existing: integer(),
  },
  (t) => [index('imports_age').on(t.createdAt)],
);

/** The movies of an import until it is committed, each once; `genres` as `[{"genre","folded"}]`. */
export const importRows = sqliteTable(
  'import_rows',
  {
    importId: text('import_id').notNull(),
    number: integer().notNull(),
    name: text().notNull(),
    director: text().notNull(),
    directorFolded: text('director_folded').notNull(),
    popularity: real().notNull(),
    imdbScore: real('imdb_score').notNull(),
    genres: text().notNull(),
    /** What the movie is found by: see `domain/movies/searchText.ts`. */
    titleText: text('title_text').notNull().default(''),
    directorText: text('director_text').notNull().default(''),
  },
  (t) => [primaryKey({ columns: [t.importId, t.name, t.director] })],
);
