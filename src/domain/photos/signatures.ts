import { Buffer } from 'node:buffer';
import type { Using } from '../../storage/tools.ts';

const WINDOW_MS = 3_600_000;
/** How long a URL is valid at least. */
const MIN_LIFE_MS = 600_000;

/**
 * What a signature covers. `digest` is the original's SHA-256 in base64url; `posted` is `1` if the photo is
 * published.
 */
export type Signed = {
  id: number;
  key: string;
  expires: number;
  digest?: string | undefined;
  posted?: string | undefined;
};

const keys = new Map<string, Promise<CryptoKey>>();

/**
 * A separate key, derived from JWT_SECRET by HKDF (RFC 5869): a signature of a URL can never serve as one of
 * a token.
 */
const signingKey = (secret: string) => {
  const known = keys.get(secret);
  if (known) return known;
  const derived = (async () => {
    const material = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), 'HKDF', false, [
      'deriveKey',
    ]);
    const hkdf = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode('darkroom image url 2'),
    };
    return crypto.subtle.deriveKey(hkdf, material, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, [
      'sign',
      'verify',
    ]);
  })();
  keys.set(secret, derived);
  return derived;
};

const message = ({ id, key, expires, digest = '', posted = '' }: Signed) =>
  new TextEncoder().encode([id, key, expires, digest, posted].join('\n'));

const toUrl = (base64: string) => Buffer.from(base64, 'base64').toString('base64url');
export const digestOfUrl = (text: string): string => Buffer.from(text, 'base64url').toString('base64');

/**
 * When a URL that is signed now expires, in seconds since the epoch. Time is cut into windows of an hour, and
 * a URL expires with its window, so it stays the same for an hour and can be cached. It is signed for the
 * next window ten minutes early.
 */
export const windowEnd = (now: number): number =>
  ((Math.floor((now + MIN_LIFE_MS) / WINDOW_MS) + 1) * WINDOW_MS) / 1000;

/**
 * The query string with which anybody can fetch a photo's bytes without a token until it expires, in seconds
 * since the epoch. It also says what an answer would otherwise need from the database.
 */
export const signImage = async (
  { settings, now }: Using<'settings' | 'now'>,
  photo: { id: number; key: string; sha256: string | null; publishedAt: number | null },
): Promise<{ query: string; expires: number }> => {
  const { id, key } = photo;
  const facts = {
    ...(photo.sha256 && { digest: toUrl(photo.sha256) }),
    ...(photo.publishedAt !== null && { posted: '1' }),
  };
  const signed = { id, key, expires: windowEnd(now()), ...facts };
  const signature = await crypto.subtle.sign('HMAC', await signingKey(settings.JWT_SECRET), message(signed));
  const query = new URLSearchParams({
    key,
    expires: String(signed.expires),
    ...facts,
    signature: Buffer.from(signature).toString('base64url'),
  });
  return { query: query.toString(), expires: signed.expires };
};

/** Whether the signature is ours and has not expired. */
export const isSignedImage = async (
  { settings, now }: Using<'settings' | 'now'>,
  signed: Signed,
  signature: string,
): Promise<boolean> => {
  if (signed.expires * 1000 <= now()) return false;
  const key = await signingKey(settings.JWT_SECRET);
  return crypto.subtle.verify('HMAC', key, Buffer.from(signature, 'base64url'), message(signed));
};
