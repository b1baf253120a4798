import { type List, listOf } from './lists.ts';
import { type Api, body, type Upload } from './transport.ts';
import { byId, type Order, type Photo } from './types.ts';
import type { UploadOptions } from './uploads.ts';

type Listing = { order?: Order; limit?: number };

export type PhotoUpload = UploadOptions & {
  caption?: string;
  /** Of a Blob that has none. */
  filename?: string;
};

/** Widths that variants are made in: pixels. */
export const WIDTHS = [160, 320, 640, 1280] as const;
export type Width = (typeof WIDTHS)[number];
export type Format = 'auto' | 'webp' | 'jpeg' | 'avif';

/** The address of a photo's bytes, at most so many pixels wide; it needs no token, and ends within an hour. */
export const imageUrl = (photo: Pick<Photo, 'url'>, width?: Width, format?: Format): string => {
  const url = new URL(photo.url);
  if (width) url.searchParams.set('width', String(width));
  if (width && format) url.searchParams.set('format', format);
  return url.href;
};

/** Photos: drafts until they are published. */
export const photosOf = (api: Api, upload: Upload) => {
  const list = (path: '/photos' | '/me/photos' | '/me/drafts', query: Listing & { user?: string }) =>
    listOf<Photo>(async (cursor, signal) => {
      const options = {
        params: { query: { ...query, ...(cursor && { cursor }) } },
        ...(signal && { signal }),
      };
      const { photos, next_cursor: next } = await body(api.GET(path, options));
      return { items: photos, next };
    });

  return {
    /** Everyone's published photos, or those of one `user`, by the time of publication. */
    listPhotos: (query: Listing & { user?: string } = {}): List<Photo> => list('/photos', query),

    /** My photos, drafts included, by the time of creation. */
    listMyPhotos: (query: Listing = {}): List<Photo> => list('/me/photos', query),

    listMyDrafts: (query: Listing = {}): List<Photo> => list('/me/drafts', query),

    getPhoto: (id: number, signal?: AbortSignal): Promise<Photo> =>
      body(api.GET('/photos/{id}', { params: byId(id), ...(signal && { signal }) })),

    /** Uploads a JPEG, PNG, GIF, WebP or AVIF, as a draft. @throws ProblemError, ConnectionError */
    uploadPhoto(file: Blob, { caption, filename, ...options }: PhotoUpload = {}): Promise<Photo> {
      const form = new FormData();
      if (caption) form.set('caption', caption);
      const name = filename ?? ('name' in file ? String(file.name) : 'photo');
      form.set('file', file, name);
      return upload<Photo>('/photos', form, options);
    },

    /** Everyone sees the photo from now on. A second time changes nothing. */
    publishPhoto: (id: number): Promise<Photo> =>
      body(api.POST('/photos/{id}/publish', { params: byId(id) })),

    captionPhoto: (id: number, caption: string | null): Promise<Photo> =>
      body(api.PUT('/photos/{id}/caption', { params: byId(id), body: { caption } })),

    async deletePhoto(id: number): Promise<void> {
      await api.DELETE('/photos/{id}', { params: byId(id) });
    },
  };
};
