import { inMemory, type TokenStore, type Tokens } from 'darkroom-client';

/** Tokens for as long as the tab is open: a reload keeps the visitor signed in. */
export const tabStore = (name: string): TokenStore => {
  const read = (): Tokens | undefined => {
    try {
      return JSON.parse(sessionStorage.getItem(name) ?? 'null') ?? undefined;
    } catch {
      return undefined; // storage is closed to us
    }
  };
  const memory = inMemory(read());
  return {
    read: memory.read,
    write(tokens) {
      memory.write(tokens);
      try {
        if (tokens) sessionStorage.setItem(name, JSON.stringify(tokens));
        else sessionStorage.removeItem(name);
      } catch {} // memory serves until the page is left
    },
  };
};
