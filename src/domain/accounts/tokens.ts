import { sign, verify } from 'hono/jwt';
import * as z from 'zod';
import { ApiError } from '../../errors.ts';
import type { Using } from '../../storage/tools.ts';

export const REALMS = ['member', 'ops', 'client'] as const;
export type Realm = (typeof REALMS)[number];
export type ExchangeRealm = Exclude<Realm, 'member'>;

/**
 * The life of an access token. The exchange has no refresh tokens: its access token lives as long as its
 * session.
 */
export const ACCESS_SECONDS = {
  member: 15 * 60,
  ops: 365 * 24 * 60 * 60,
  client: 365 * 24 * 60 * 60,
} as const;
export const REFRESH_SECONDS = 30 * 24 * 60 * 60;

const common = {
  iss: z.string(),
  aud: z.enum(REALMS),
  sub: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number),
  sid: z.uuid(),
  jti: z.uuid(),
  iat: z.int(),
  nbf: z.int().optional(),
  exp: z.int(),
};

/** How far the clock of another machine of ours may be ahead. */
const CLOCK_LEEWAY_SECONDS = 60;

const keys = new Map<string, CryptoKey>();

/** The key that signs tokens, imported once for each isolate. */
const tokenKey = async (secret: string): Promise<CryptoKey> => {
  const known = keys.get(secret);
  if (known) return known;
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  keys.set(secret, key);
  return key;
};

const AccessClaims = z.object({ ...common, typ: z.literal('access'), username: z.string() });
const RefreshClaims = z.object({
  ...common,
  typ: z.literal('refresh'),
  rotation: z.int().nonnegative(),
  nonce: z.uuid(),
});
const Claims = z.discriminatedUnion('typ', [AccessClaims, RefreshClaims]);

/**
 * What a verified token says; `sub` is the account's id. It has no role and no activity: only the database
 * knows those.
 */
export type Claims = z.output<typeof Claims>;
export type AccessClaims = z.output<typeof AccessClaims>;
export type RefreshClaims = z.output<typeof RefreshClaims>;

type TokenAccount = { id: number; realm: Realm; username: string; name: string | null };

const signClaims = async (
  { settings, now }: Using<'settings' | 'now'>,
  account: TokenAccount,
  sid: string,
  seconds: number,
  kind: object,
) => {
  const iat = Math.floor(now() / 1000);
  const claims = {
    iss: settings.TOKEN_ISSUER,
    aud: account.realm,
    sub: String(account.id),
    sid,
    jti: crypto.randomUUID(),
    iat,
  };
  return sign({ ...claims, exp: iat + seconds, ...kind }, await tokenKey(settings.JWT_SECRET), 'HS256');
};

/** A signed access token (JWT, RFC 7519; HS256). */
export const signAccessToken = (
  tools: Using<'settings' | 'now'>,
  account: TokenAccount,
  sid: string,
): Promise<string> =>
  signClaims(tools, account, sid, ACCESS_SECONDS[account.realm], {
    typ: 'access',
    user_id: account.id,
    username: account.username,
    identity: account.username,
    name: account.name,
  });

/**
 * `rotation` counts the rotations of the session's refresh token. With `nonce` it says which refresh token is
 * meant.
 */
export type RefreshableSession = { id: string; rotation: number; nonce: string };

/** A signed refresh token, valid for 30 days. */
export const signRefreshToken = (
  tools: Using<'settings' | 'now'>,
  account: TokenAccount,
  { id, rotation, nonce }: RefreshableSession,
): Promise<string> => signClaims(tools, account, id, REFRESH_SECONDS, { typ: 'refresh', rotation, nonce });

/** The tokens of a member's session; `expiresIn` is the life of the access token in seconds. */
export type Tokens = { access: string; refresh: string; expiresIn: number };

export const signTokens = async (
  tools: Using<'settings' | 'now'>,
  account: TokenAccount,
  session: RefreshableSession,
): Promise<Tokens> => ({
  access: await signAccessToken(tools, account, session.id),
  refresh: await signRefreshToken(tools, account, session),
  expiresIn: ACCESS_SECONDS.member,
});

/** A session of the exchange has one token, which cannot be refreshed. */
export type ExchangeTokens = Omit<Tokens, 'refresh'>;

export const signExchangeTokens = async (
  tools: Using<'settings' | 'now'>,
  account: TokenAccount & { realm: ExchangeRealm },
  session: { id: string },
): Promise<ExchangeTokens> => ({
  access: await signAccessToken(tools, account, session.id),
  expiresIn: ACCESS_SECONDS[account.realm],
});

/**
 * The claims of a token that we signed and that has not expired. It costs no round trip; `checkSession` says
 * whether the token was revoked.
 * @throws ApiError `unauthenticated`, which never repeats the token
 */
export const verifyToken = async (
  { settings, now }: Using<'settings' | 'now'>,
  token: string,
): Promise<Claims> => {
  const payload = await verify(token, await tokenKey(settings.JWT_SECRET), {
    alg: 'HS256',
    iss: settings.TOKEN_ISSUER,
    exp: false,
    iat: false,
    nbf: false,
  }).catch(() => undefined);
  const claims = Claims.safeParse(payload);
  if (!claims.success) throw new ApiError('unauthenticated', 'The token is invalid.');
  if (claims.data.exp * 1000 <= now()) throw new ApiError('unauthenticated', 'The token has expired.');
  const { iat, nbf = iat } = claims.data;
  if (Math.max(iat, nbf) > now() / 1000 + CLOCK_LEEWAY_SECONDS)
    throw new ApiError('unauthenticated', 'The token is not valid yet.');
  return claims.data;
};
