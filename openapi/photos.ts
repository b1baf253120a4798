import * as z from 'zod';
import { IMAGE_TYPES } from '../src/http/sendImage.ts';
import { downloadAnswers, downloadErrors } from './downloads.ts';
import type { Answer, Operation, Operations } from './operation.ts';
import { exampleOf, Problem } from './problems.ts';
import { Message } from './system.ts';

export const PhotoView = z
  .object({
    id: z.int().positive(),
    userid: z.int().positive(),
    username: z.string(),
    posted: z.literal([0, 1]).describe('0 is a draft, 1 is published'),
    caption: z.string().nullable(),
    url: z.url().describe('The image, without a token, until `expires_at`; add `&width=` and `&format=`'),
    expires_at: z.iso.datetime().describe('When `url` expires: in ten to seventy minutes'),
    filename: z.string().nullable().describe('null for everyone but the owner'),
    content_type: z.enum(IMAGE_TYPES),
    bytes: z.int().positive(),
    width: z.int().positive(),
    height: z.int().positive(),
    orientation: z
      .int()
      .min(1)
      .max(8)
      .describe('As in Exif: 1 is upright; from 5 on, width and height are swapped. Variants are upright'),
    placeholder: z
      .string()
      .nullable()
      .describe('A tiny image to show while the image loads, as a data: URL; null until it is made'),
    taken_at: z
      .string()
      .nullable()
      .describe(
        'As the camera wrote it, with an offset from UTC if it gave one; null for everyone but the owner',
      ),
    frames: z.int().positive().describe('More than one: an animation'),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    published_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Photo' });

export type PhotoView = z.output<typeof PhotoView>;

const PageView = z
  .object({ photos: z.array(PhotoView), next_cursor: z.string().nullable() })
  .meta({ id: 'PhotoPage' });

export type PageView = z.output<typeof PageView>;

const Uploaded = PhotoView.extend({ message: z.string() }).meta({ id: 'PhotoWithMessage' });

const UploadResults = z
  .object({
    results: z.array(
      z.union([
        z.object({ status: z.literal([200, 201]), photo: PhotoView }),
        z.object({ status: z.int(), problem: Problem }),
      ]),
    ),
  })
  .meta({ id: 'UploadResults' });

export type UploadResults = z.output<typeof UploadResults>;

const draft: PhotoView = {
  id: 1,
  userid: 1,
  username: 'ann',
  posted: 0,
  caption: 'First light',
  url: 'https://darkroom.example/photos/1/image?key=photos%2F1&expires=1795604400&signature=c2lnbmF0dXJl',
  expires_at: '2026-11-25T11:00:00.000Z',
  filename: 'first light.jpg',
  content_type: 'image/jpeg',
  bytes: 185_000,
  width: 1600,
  height: 1200,
  orientation: 1,
  placeholder: null,
  taken_at: '2026-11-24T07:12:00+01:00',
  frames: 1,
  created_at: '2026-11-25T09:30:00.000Z',
  updated_at: '2026-11-25T09:30:00.000Z',
  published_at: null,
};

const published: PhotoView = { ...draft, posted: 1, published_at: '2026-11-25T09:31:00.000Z' };

const showing = (example: PhotoView): Record<number, Answer> => ({
  200: { description: 'The photo', schema: PhotoView, example },
});

const telling = (message: string, photo: PhotoView): Record<number, Answer> => ({
  200: { description: 'The photo', schema: Uploaded, example: { message, ...photo } },
});

const listing = (id: string, summary: string, example: PhotoView, more?: Partial<Operation>): Operation => ({
  id,
  tag: 'photos',
  summary,
  answers: {
    200: {
      description: 'A page; the address of the next one is in `Link`',
      schema: PageView,
      example: { photos: [example], next_cursor: null },
      headers: ['Link'],
    },
  },
  ...more,
});

const uploading: Operation = {
  id: 'uploadPhoto',
  tag: 'photos',
  summary: 'Upload a photo as a draft',
  description: [
    'JPEG, PNG, GIF, WebP or AVIF. Metadata, places and names included, is not stored.',
    'A form may have up to ten parts `file`, each with its `caption` before it; the response is then 207. The bytes of one image may also be the body itself (`Content-Type: image/…`, with `?caption=`); its `Repr-Digest` (sha-256), if there is one, must match.',
    'With `If-None-Match: *`, bytes that this account has uploaded before get the existing photo (200).',
  ].join('\n\n'),
  form: {
    part: 'file',
    description: 'The image',
    fields: {
      caption: {
        type: 'string',
        maxLength: 2_000,
        description: 'The caption of the photo',
        example: 'First light',
      },
    },
  },
  parameters: { caption: 'The caption, if the body is the image itself' },
  answers: {
    200: {
      description: 'The existing photo, with `If-None-Match: *`',
      schema: Uploaded,
      example: { message: 'You have this photo already', ...draft },
      headers: ['Location'],
    },
    201: {
      description: 'The draft',
      schema: Uploaded,
      example: { message: 'File successfully uploaded', ...draft },
      headers: ['Location'],
    },
    207: {
      description: 'The result of each of several files',
      schema: UploadResults,
      example: {
        results: [
          { status: 201, photo: draft },
          { status: 429, problem: exampleOf('throttled') },
        ],
      },
      headers: ['Retry-After'],
    },
  },
  errors: ['malformed', 'too_large', 'quota_exceeded', 'unsupported_type', 'invalid'],
};

export const photos: Operations = {
  'POST /photos': uploading,
  'POST /file': {
    ...uploading,
    description: `For existing clients: the same as \`POST /photos\`, with another rate limit.\n\n${uploading.description}`,
    deprecated: true,
  },
  'GET /photos': listing('listPhotos', 'List published photos by the time of publication', published, {
    description: 'Those of everyone, or of one `user`.',
    errors: ['not_found'],
  }),
  'GET /me/photos': listing('listMyPhotos', 'List my photos and drafts by the time of creation', published),
  'GET /me/drafts': listing('listMyDrafts', 'List my drafts by the time of creation', draft),
  'GET /photos/:id': {
    id: 'getPhoto',
    tag: 'photos',
    summary: 'Get a photo',
    description: 'The draft of another account does not exist for the caller.',
    answers: showing(published),
  },
  'POST /photos/:id/publish': {
    id: 'publishPhoto',
    tag: 'photos',
    summary: 'Publish a draft',
    description: 'A second time changes nothing.',
    answers: telling('Photo posted', published),
  },
  'PUT /photos/:id/caption': {
    id: 'captionPhoto',
    tag: 'photos',
    summary: 'Change the caption of a photo',
    description: 'null removes it.',
    body: { caption: 'First light' },
    answers: telling('Caption updated', published),
  },
  'DELETE /photos/:id': {
    id: 'deletePhoto',
    tag: 'photos',
    summary: 'Delete a photo',
    answers: {
      200: {
        description: 'The photo and its bytes are deleted',
        schema: Message,
        example: { message: 'Photo deleted' },
      },
    },
  },
  'GET /photos/:id/image': {
    id: 'getPhotoImage',
    tag: 'photos',
    summary: 'Get the image of a photo',
    description:
      'With a token, or without one by the signature in the `url` of the photo. Where a variant cannot be made, the response is the original.',
    answers: downloadAnswers({
      description: 'The image',
      binary: [...IMAGE_TYPES, 'application/octet-stream'],
      headers: ['Vary'],
    }),
    parameters: {
      signature: 'Signs the four above; all five come with the `url` of the photo',
      width: 'Asks for a variant at most this many pixels wide instead of the original',
      format: 'Of the variant. `auto`, the default, is WebP where `Accept` allows it, else JPEG',
    },
    errors: downloadErrors,
  },
};
