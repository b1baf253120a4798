/** As much of XMLHttpRequest as an upload uses. */
export type Xhr = {
  open: (method: string, url: string) => void;
  setRequestHeader: (name: string, value: string) => void;
  getResponseHeader: (name: string) => string | null;
  send: (body: FormData) => void;
  abort: () => void;
  upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  onloadend: (() => void) | null;
  readonly status: number;
  readonly responseText: string;
};

/** What a browser has, and other runtimes may not have. */
export const platform = globalThis as unknown as {
  location?: { origin: string };
  navigator?: { locks?: { request: <T>(name: string, work: () => Promise<T>) => Promise<T> } };
  XMLHttpRequest?: new () => Xhr;
};
