import { Buffer } from 'node:buffer';
import type { Using } from '../../storage/tools.ts';

const HOUR = 3_600_000;
const EARLY = 600_000;

/** What a signature covers. `digest` is the original's SHA-256 in base64url; `posted` is `1` where everybody may see the photo. */
export type Signed = {
  id: number;
  key: string;
  expires: number;
  digest?: string | undefined;
  posted?: string | undefined;
};

const keys = new Map<string, Promise<CryptoKey>>();

/** A key of its own, drawn from JWT_SECRET by HKDF (RFC 5869), so that no signature of one kind serves as the other. */
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

/** The base64 of the row as base64url without padding, and back. */
const toUrl = (base64: string) => Buffer.from(base64, 'base64').toString('base64url');
export const digestOfUrl = (text: string): string => Buffer.from(text, 'base64url').toString('base64');

/**
 * When a URL that is signed now ends, in seconds since the epoch: at the end of a one-hour window, and the next window opens ten
 * minutes early. So a URL stays the same for an hour, which lets it be cached, and is good for ten minutes at least.
 */
export const windowEnd = (now: number): number => ((Math.floor((now + EARLY) / HOUR) + 1) * HOUR) / 1000;

/**
 * The query that lets anybody fetch a photo's bytes without a token until it expires, in seconds since the epoch. It also says what an
 * answer needs from the database otherwise.
 */
export const signImage = async (
  { settings, now }: Using<'settings' | 'now'>,
  photo: { id: number; key: string; sha256: string | null; publishedAt: number | null },
): Promise<{ query: string; expires: number }> => {
  const { id, key } = photo;
  const told = {
    ...(photo.sha256 && { digest: toUrl(photo.sha256) }),
    ...(photo.publishedAt !== null && { posted: '1' }),
  };
  const signed = { id, key, expires: windowEnd(now()), ...told };
  const signature = await crypto.subtle.sign('HMAC', await signingKey(settings.JWT_SECRET), message(signed));
  const query = new URLSearchParams({
    key,
    expires: String(signed.expires),
    ...told,
    signature: Buffer.from(signature).toString('base64url'),
  });
  return { query: query.toString(), expires: signed.expires };
};

/** Whether we signed this, and it has not ended. */
export const isSignedImage = async (
  { settings, now }: Using<'settings' | 'now'>,
  signed: Signed,
  signature: string,
): Promise<boolean> => {
  if (signed.expires * 1000 <= now()) return false;
  const key = await signingKey(settings.JWT_SECRET);
  return crypto.subtle.verify('HMAC', key, Buffer.from(signature, 'base64url'), message(signed));
};
