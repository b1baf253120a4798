import { effect } from '@preact/signals';
import type { Photo } from 'darkroom-client';
import { client, username } from '../session/session.ts';
import { type Growing, openList } from '../ui/growing.ts';

const PAGE = 40;

/** How long a feed that the visitor comes back to is shown as it was: in milliseconds. */
const FRESH = 5 * 60_000;

const feeds = new Map<string, Growing<Photo>>();

/** Newest first: everyone's photos, or one person's. It is loaded anew where it has become old. */
export const feedOf = (user?: string): Growing<Photo> => {
  const known = feeds.get(user ?? '');
  if (known && Date.now() - known.loadedAt() < FRESH) return known;
  const feed = openList(client.listPhotos({ order: 'desc', limit: PAGE, ...(user && { user }) }));
  feeds.set(user ?? '', feed);
  return feed;
};

/** Feeds are loaded anew when they are looked at next: a photo was posted or deleted. */
export const forgetFeeds = () => feeds.clear();

effect(() => {
  if (!username.value) forgetFeeds();
});
