import { createMiddleware } from 'hono/factory';
import type { Account } from '../domain/accounts/accounts.ts';
import type { Role } from '../domain/accounts/roles.ts';
import { checkSession } from '../domain/accounts/sessionCheck.ts';
import { type Claims, type Realm, verifyToken } from '../domain/accounts/tokens.ts';
import { ApiError, type Code } from '../errors.ts';
import type { Call, Context } from '../http/context.ts';
import { describe } from './describe.ts';
import { consumeThrottled, RATE_HEADERS, type Throttle } from './throttle.ts';

/** The route's demands: the caller's realm (any, unless said) and role, and the limit that the request counts against. */
type Demands = { realm?: Realm; role?: Role; throttle?: Throttle };

const SCHEME = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;

/** The signed claims of the request's bearer token (RFC 6750 §2.1). Asks nobody. @throws ApiError `unauthenticated` */
const readBearer = async (c: Call): Promise<Claims> => {
  const header = c.var.tokenInBody ? `Bearer ${c.var.tokenInBody}` : c.req.header('Authorization');
  if (!header) throw new ApiError('unauthenticated', 'This needs a token: Authorization: Bearer <token>.');
  const token = SCHEME.exec(header)?.[1];
  if (!token) throw new ApiError('unauthenticated', 'The Authorization header does not hold a bearer token.');
  return verifyToken(c.var, token);
};

const expectKind = <T extends Claims['typ']>(claims: Claims, typ: T): Claims & { typ: T } => {
  if (claims.typ === typ) return claims as Claims & { typ: T };
  throw new ApiError(
    'unauthenticated',
    `This needs ${typ === 'access' ? 'an access' : 'a refresh'} token, and got another kind.`,
  );
};

/** Puts the claims of a token of this kind into `c.var`, for the routes whose own write is the verdict. */
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
  const taking = throttle && consumeThrottled(c, throttle, String(claims.sub));
  const [verdict, taken] = await Promise.allSettled([checkSession(c.var, claims), taking]);
  if (verdict.status === 'rejected') {
    if (taken.status === 'fulfilled') await taken.value?.refund();
    throw verdict.reason;
  }
  if (realm && verdict.value.realm !== realm)
    throw new ApiError('forbidden', `This is for the ${realm} realm, and the token is of another.`);
  if (role && verdict.value.role !== role)
    throw new ApiError('forbidden', `This is for those with the role ${role}.`);
  if (taken.status === 'rejected') throw taken.reason;
  return verdict.value;
};

/**
 * Lets the caller in with a good access token, and puts its account, as the database has it now, into `c.var`. What a route counts is
 * counted in the same wait. @throws ApiError `unauthenticated`, `forbidden`, `throttled`, `unavailable`
 */
export const authenticate = (demands: Demands = {}) =>
  describe(
    createMiddleware<Context & { Variables: { claims: Claims; account: Account } }>(async (c, next) => {
      const claims = expectKind(await readBearer(c), 'access');
      c.set('claims', claims);
      const admitted = checkAccess(c, claims, demands);
      c.var.background(admitted.catch(() => {})); // who hangs up must not leave a dead token's attempt counted
      c.set('account', await admitted);
      await next();
    }),
    describeDemands(demands),
  );

/**
 * Like `authenticate`, for a handler that only reads: it runs beside the verdict, so that both cost one wait, and its answer is thrown
 * away if the verdict is no. Such a handler uses nothing of the caller but `claims.sub` and `claims.aud`, and writes nothing at all. One
 * that goes on to a second wait awaits `c.var.admitted` with its first, so that nothing more is asked for a dead token.
 */
export const authenticateConcurrently = (demands: Omit<Demands, 'throttle'> = {}) =>
  describe(
    createMiddleware<Context & { Variables: { claims: Claims; admitted: Promise<unknown> } }>(
      async (c, next) => {
        const claims = expectKind(await readBearer(c), 'access');
        c.set('claims', claims);
        const admitted = checkAccess(c, claims, demands);
        c.set('admitted', admitted);
        const headers = new Headers(c.res.headers);
        const [verdict] = await Promise.allSettled([admitted, next()]);
        if (verdict.status === 'fulfilled') return;
        await c.res.body?.cancel();
        c.res = undefined; // or its headers would be merged into the refusal
        c.res = new Response(null, { headers });
        throw verdict.reason;
      },
    ),
    describeDemands(demands),
  );
