import type { AccountView, SessionView } from '../../openapi/accounts.ts';
import type { PageView, PhotoView } from '../../openapi/photos.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import type { Tokens } from '../domain/accounts/tokens.ts';
import type { Page } from '../domain/pages.ts';
import type { ListedPhoto } from '../domain/photos/feeds.ts';
import { signImage } from '../domain/photos/signatures.ts';
import type { Call } from '../http/context.ts';
import { linkNextPage } from '../http/link.ts';
import { originOf } from '../http/origin.ts';
import { setRefreshCookie } from '../http/refreshCookie.ts';

/* How the domain's rows become the fields of the contract. */

const time = (at: number) => new Date(at).toISOString();

export const viewAccount = (account: Account): AccountView => ({
  id: account.id,
  username: account.username,
  name: account.name,
  email: account.email,
  realm: account.realm,
  role: account.role,
  active: account.deactivatedAt === null,
  created_at: time(account.createdAt),
});

export const viewSession = (
  message: string,
  { account, tokens }: { account: { username: string }; tokens: Tokens },
): SessionView => ({
  message,
  username: account.username,
  access_token: tokens.access,
  refresh_token: tokens.refresh,
  token_type: 'Bearer',
  expires_in: tokens.expiresIn,
});

/** A session for its client. If the refresh token goes into a cookie, the body does not have it. */
export const viewSessionFor = (
  c: Call,
  message: string,
  session: Parameters<typeof viewSession>[1],
  isByCookie: boolean,
): SessionView => {
  const { refresh_token, ...view } = viewSession(message, session);
  if (!isByCookie) return { ...view, refresh_token };
  setRefreshCookie(c, session.tokens.refresh);
  return view;
};

/** A photo as this viewer may see it. */
export const viewPhoto = async (c: Call, viewer: number, photo: ListedPhoto): Promise<PhotoView> => {
  const { query, expires } = await signImage(c.var, photo);
  return {
    id: photo.id,
    userid: photo.accountId,
    username: photo.username,
    posted: photo.publishedAt === null ? 0 : 1,
    caption: photo.caption,
    url: `${originOf(c)}/photos/${photo.id}/image?${query}`,
    expires_at: time(expires * 1000),
    filename: photo.accountId === viewer ? photo.filename : null,
    content_type: photo.contentType as PhotoView['content_type'],
    bytes: photo.bytes,
    width: photo.width,
    height: photo.height,
    orientation: photo.orientation ?? 1,
    frames: photo.frames ?? 1,
    placeholder: photo.placeholder,
    taken_at: photo.accountId === viewer ? photo.takenAt : null,
    created_at: time(photo.createdAt),
    updated_at: time(photo.updatedAt),
    published_at: photo.publishedAt === null ? null : time(photo.publishedAt),
  };
};

/** A page of photos; the address of the next one is in `Link`. */
export const viewPage = async (c: Call, viewer: number, page: Page<ListedPhoto>): Promise<PageView> => {
  linkNextPage(c, page.next);
  return {
    photos: await Promise.all(page.items.map((photo) => viewPhoto(c, viewer, photo))),
    next_cursor: page.next,
  };
};
