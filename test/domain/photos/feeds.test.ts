import { expect, it } from 'vitest';
import { listFeed, listOwn } from '../../../src/domain/photos/feeds.ts';
import { plansOf } from '../../support/plans.ts';

const cursorless = { limit: 50 } as const;

it.each([
  [
    'the feed',
    'photos_feed',
    (db: never, order: 'asc' | 'desc') => listFeed({ db }, { order, ...cursorless }, undefined),
  ],
  [
    'one user’s feed',
    'photos_feed_of',
    (db: never, order: 'asc' | 'desc') => listFeed({ db }, { order, ...cursorless }, 'x').catch(() => {}),
  ],
  [
    'my photos',
    'photos_own',
    (db: never, order: 'asc' | 'desc') => listOwn({ db }, 1, { order, ...cursorless }, 'all'),
  ],
  [
    'my drafts',
    'photos_drafts',
    (db: never, order: 'asc' | 'desc') => listOwn({ db }, 1, { order, ...cursorless }, 'drafts'),
  ],
])('reads %s from an index in order, without sorting', async (_, index, list) => {
  for (const order of ['asc', 'desc'] as const) {
    const [plan] = await plansOf((db) => list(db as never, order));
    expect(plan).toMatch(new RegExp(`photos USING INDEX ${index}\\b`));
    expect(plan).toContain('accounts USING INTEGER PRIMARY KEY');
    expect(plan).not.toContain('TEMP B-TREE');
  }
});
