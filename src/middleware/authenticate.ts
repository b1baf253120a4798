import { createMiddleware } from 'hono/factory';
import type { Account } from '../domain/accounts/accounts.ts';
import type { Role } from '../domain/accounts/roles.ts';
import { checkSession } from '../domain/accounts/sessionCheck.ts';
import { type Claims, type Realm, verifyToken } from '../domain/accounts/tokens.ts';
import { ApiError, type Code } from '../errors.ts';
import type { Call, Context } from '../http/context.ts';
import { describe } from './describe.ts';
import { consumeThrottled, RATE_HEADERS, type Throttle } from './throttle.ts';

/** What a route demands: a realm (any by default), a role, and the limit that a request counts against. */
type Demands = { realm?: Realm; role?: Role; throttle?: Throttle };

const SCHEME = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;

/** The claims of the request's bearer token (RFC 6750 §2.1). No dependency is asked. @throws ApiError `unauthenticated` */
const readBearer = async (c: Call): Promise<Claims> => {
  const header = c.var.tokenInBody ? `Bearer ${c.var.tokenInBody}` : c.req.header('Authorization');
  if (!header)
    throw new ApiError('unauthenticated', 'This endpoint needs a token: Authorization: Bearer <token>.');
  const token = SCHEME.exec(header)?.[1];
  if (!token) throw new ApiError('unauthenticated', 'The Authorization header has no bearer token.');
  return verifyToken(c.var, token);
};

const expectKind = <T extends Claims['typ']>(claims: Claims, typ: T): Claims & { typ: T } => {
  if (claims.typ === typ) return claims as Claims & { typ: T };
  throw new ApiError(
    'unauthenticated',
    `This endpoint needs ${typ === 'access' ? 'an access' : 'a refresh'} token.`,
  );
};

/** Puts the claims of a token into `c.var`. It is for routes whose own statement checks the session. */
export const requireToken = <T extends Claims['typ']>(typ?: T) =>
  describe(
    createMiddleware<Context & { Variables: { claims: Claims & { typ: T } } }>(async (c, next) => {
      const claims = await readBearer(c);
      c.set('claims', typ ? expectKind(claims, typ) : (claims as Claims & { typ: T }));
      await next();
    }),
    { token: 'required', errors: ['unauthenticated'] },
  );

const describeDemands = ({ realm, role, throttle }: Demands) => ({
  token: 'required' as const,
  errors: [
    'unauthenticated',
    ...(realm || role ? ['forbidden'] : []),
    ...(throttle ? ['throttled'] : []),
  ] as Code[],
  ...(throttle && { headers: RATE_HEADERS }),
});

const checkAccess = async (c: Call, claims: Claims, { realm, role, throttle }: Demands): Promise<Account> => {
  const counting = throttle && consumeThrottled(c, throttle, String(claims.sub));
  const [account, counted] = await Promise.allSettled([checkSession(c.var, claims), counting]);
  if (account.status === 'rejected') {
    if (counted.status === 'fulfilled') await counted.value?.refund();
    throw account.reason;
  }
  if (realm && account.value.realm !== realm)
    throw new ApiError('forbidden', `This endpoint needs a token from the ${realm} realm.`);
  if (role && account.value.role !== role)
    throw new ApiError('forbidden', `This endpoint needs the role ${role}.`);
  if (counted.status === 'rejected') throw counted.reason;
  return account.value;
};

/**
 * Requires a valid access token, and puts its account, as the database has it now, into `c.var`. A limit is counted in the same wait.
 * @throws ApiError `unauthenticated`, `forbidden`, `throttled`, `unavailable`
 */
export const authenticate = (demands: Demands = {}) =>
  describe(
    createMiddleware<Context & { Variables: { claims: Claims; account: Account } }>(async (c, next) => {
      const claims = expectKind(await readBearer(c), 'access');
      c.set('claims', claims);
      const checked = checkAccess(c, claims, demands);
      c.var.background(checked.catch(() => {})); // the refund for a revoked token survives a client that hangs up
      c.set('account', await checked);
      await next();
    }),
    describeDemands(demands),
  );

/**
 * Like `authenticate`, but the handler runs at the same time as the session check, so that both cost one wait. If the check fails, the
 * handler's response is dropped. Such a handler only reads, and knows no more of the caller than `claims.sub` and `claims.aud`. If it has
 * a second wait, it awaits `c.var.accessCheck` during the first, so that a revoked token costs nothing more.
 */
export const authenticateConcurrently = (demands: Omit<Demands, 'throttle'> = {}) =>
  describe(
    createMiddleware<Context & { Variables: { claims: Claims; accessCheck: Promise<unknown> } }>(
      async (c, next) => {
        const claims = expectKind(await readBearer(c), 'access');
        c.set('claims', claims);
        const accessCheck = checkAccess(c, claims, demands);
        c.set('accessCheck', accessCheck);
        const headers = new Headers(c.res.headers);
        const [checked] = await Promise.allSettled([accessCheck, next()]);
        if (checked.status === 'fulfilled') return;
        await c.res.body?.cancel();
        c.res = undefined; // or its headers would be merged into those of the error
        c.res = new Response(null, { headers });
        throw checked.reason;
      },
    ),
    describeDemands(demands),
  );
