/** What a session of the API is, as a client keeps it. */
export type Tokens = {
  username: string;
  access: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  expiresAt: number;
  /** Missing where the server gave none: in the realms of the exchange. */
  refresh?: string | undefined;
};

/** Where a client keeps its tokens. `subscribe` tells of changes that others made: another tab. */
export type TokenStore = {
  read: () => Tokens | undefined;
  write: (tokens: Tokens | undefined) => void;
  subscribe?: (listener: () => void) => void;
};

/** Tokens that end with the program. */
export const inMemory = (tokens?: Tokens): TokenStore => {
  let kept = tokens;
  return {
    read: () => kept,
    write(next) {
      kept = next;
    },
  };
};
