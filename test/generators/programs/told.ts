/** What a program is told: where the API is, and whom and what it sends. */
export type Told = { origin: string; username: string; image: Blob };
