import { decodeBase64Url, encodeBase64Url } from 'hono/utils/encode';
import type { Using } from '../env.ts';

const HOUR = 3_600_000;
const EARLY = 600_000;

export type Signed = { id: number; key: string; expires: number };

const keys = new Map<string, Promise<CryptoKey>>();

/** A key of its own, drawn from JWT_SECRET by HKDF (RFC 5869), so that no signature of one kind serves as the other. */
const signingKey = (secret: string) => {
  const known = keys.get(secret);
  if (known) return known;
  const derived = (async () => {
    const material = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), 'HKDF', false, ['deriveKey']);
    const hkdf = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode('darkroom image url 1'),
    };
    return crypto.subtle.deriveKey(hkdf, material, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign', 'verify']);
  })();
  keys.set(secret, derived);
  return derived;
};

const message = ({ id, key, expires }: Signed) => new TextEncoder().encode(`${id}\n${key}\n${expires}`);

/**
 * When a URL that is signed now ends, in seconds since the epoch: at the end of a one-hour window, and the next window opens ten
 * minutes early. So a URL stays the same for an hour, which lets it be cached, and is good for ten minutes at least.
 */
export const windowEnd = (now: number): number => ((Math.floor((now + EARLY) / HOUR) + 1) * HOUR) / 1000;

/** The query that lets anybody fetch a photo's bytes until it ends, without a token. */
export const signImage = async (
  { settings, now }: Using<'settings' | 'now'>,
  photo: { id: number; key: string },
): Promise<string> => {
  const signed = { id: photo.id, key: photo.key, expires: windowEnd(now()) };
  const signature = await crypto.subtle.sign('HMAC', await signingKey(settings.JWT_SECRET), message(signed));
  return new URLSearchParams({
    key: signed.key,
    expires: String(signed.expires),
    signature: encodeBase64Url(signature).replace(/=+$/, ''),
  }).toString();
};

/** Whether we signed this, and it has not ended. */
export const isSignedImage = async (
  { settings, now }: Using<'settings' | 'now'>,
  signed: Signed,
  signature: string,
): Promise<boolean> => {
  if (signed.expires * 1000 <= now()) return false;
  try {
    return await crypto.subtle.verify('HMAC', await signingKey(settings.JWT_SECRET), decodeBase64Url(signature), message(signed));
  } catch {
    return false;
  }
};
