import {
  convertIPv4BinaryToString,
  convertIPv4MappedIPv6ToIPv4,
  convertIPv6ToBinary,
  isIPv4MappedIPv6,
} from 'hono/utils/ipaddr';
import type { Call } from './context.ts';

/**
 * The address that a request counts against: what Cloudflare says, never X-Forwarded-For. An IPv6 address counts as its /64, because
 * one customer has all of it; an IPv4-mapped one (RFC 4291 §2.5.5.2) counts as the IPv4 address.
 */
export const clientIp = (c: Call): string => {
  const address = c.req.header('CF-Connecting-IP') ?? 'local';
  if (!address.includes(':')) return address;
  try {
    const bits = convertIPv6ToBinary(address);
    return isIPv4MappedIPv6(bits)
      ? convertIPv4BinaryToString(convertIPv4MappedIPv6ToIPv4(bits))
      : `${(bits >> 64n).toString(16)}/64`;
  } catch {
    return address;
  }
};
