import * as z from 'zod';
import type { Account } from '../domain/accounts/accounts.ts';
import { ACCESS_LIFE, type Tokens } from '../domain/accounts/tokens.ts';
import type { Page } from '../domain/pages.ts';
import type { ListedPhoto } from '../domain/photos/feeds.ts';
import { signImage } from '../domain/photos/signatures.ts';
import type { Call } from '../http/context.ts';

/** What the contract's words look like, and how ours become them. */

const Time = z.iso.datetime();
const time = (at: number) => new Date(at).toISOString();

export const Message = z.object({ message: z.string() }).meta({ id: 'Message' });

export const AccountView = z
  .object({
    id: z.int(),
    username: z.string(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    realm: z.enum(['member', 'ops', 'client']),
    role: z.enum(['user', 'admin']),
    active: z.boolean(),
    created_at: Time,
  })
  .meta({ id: 'Account' });

export const viewAccount = (account: Account): z.output<typeof AccountView> => ({
  id: account.id,
  username: account.username,
  name: account.name,
  email: account.email,
  realm: account.realm,
  role: account.role,
  active: account.deactivatedAt === null,
  created_at: time(account.createdAt),
});

export const SessionView = z
  .object({
    message: z.string(),
    username: z.string(),
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.literal(ACCESS_LIFE.member),
  })
  .meta({ id: 'Session', description: 'Tokens: never to be cached' });

export const viewSession = (
  message: string,
  { account, tokens }: { account: { username: string }; tokens: Tokens },
): z.output<typeof SessionView> => ({
  message,
  username: account.username,
  access_token: tokens.access,
  refresh_token: tokens.refresh,
  token_type: 'Bearer',
  expires_in: tokens.expiresIn,
});

export const PhotoView = z
  .object({
    id: z.int().positive(),
    userid: z.int().positive(),
    username: z.string(),
    posted: z.literal([0, 1]),
    caption: z.string().nullable(),
    url: z
      .url()
      .describe(
        'The bytes, without a token, for ten to seventy minutes; `&width=` and `&format=` may be added',
      ),
    filename: z.string().nullable().describe('null for everybody but the owner'),
    content_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif']),
    bytes: z.int().positive(),
    width: z.int().positive(),
    height: z.int().positive(),
    orientation: z
      .int()
      .min(1)
      .max(8)
      .describe('Exif’s: 1 is upright; from 5 on, the width is shown as the height. Variants are upright'),
    placeholder: z
      .string()
      .nullable()
      .describe('A tiny image to show while the bytes come, as a data: URL; null until there is one'),
    taken_at: z
      .string()
      .nullable()
      .describe(
        'As the camera wrote it, with an offset from UTC where it gave one; null for everybody but the owner',
      ),
    frames: z.int().positive().describe('More than one is an animation, as the file says'),
    created_at: Time,
    updated_at: Time,
    published_at: Time.nullable(),
  })
  .meta({ id: 'Photo' });

export type PhotoView = z.output<typeof PhotoView>;

/** A photo as this viewer may see it. */
export const viewPhoto = async (c: Call, viewer: number, photo: ListedPhoto): Promise<PhotoView> => ({
  id: photo.id,
  userid: photo.accountId,
  username: photo.username,
  posted: photo.publishedAt === null ? 0 : 1,
  caption: photo.caption,
  url: `${new URL(c.req.url).origin}/photos/${photo.id}/image?${await signImage(c.var, photo)}`,
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
});

export const PageView = z
  .object({ photos: z.array(PhotoView), next_cursor: z.string().nullable() })
  .meta({ id: 'PhotoPage' });

/** Puts the address of the next page into `Link` (RFC 8288). */
export const linkNext = (c: Call, cursor: string) => {
  const next = new URL(c.req.url);
  next.searchParams.set('cursor', cursor);
  c.header('Link', `<${next}>; rel="next"`);
};

/** A page; the next one is in `Link`. */
export const viewPage = async (
  c: Call,
  viewer: number,
  page: Page<ListedPhoto>,
): Promise<z.output<typeof PageView>> => {
  if (page.next) linkNext(c, page.next);
  return {
    photos: await Promise.all(page.items.map((photo) => viewPhoto(c, viewer, photo))),
    next_cursor: page.next,
  };
};
