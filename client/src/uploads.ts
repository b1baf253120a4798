import { platform, type Xhr } from './platform.ts';
import { ConnectionError } from './problems.ts';

export type UploadOptions = {
  /** How much has been sent, from 0 to 1. Where there is no XMLHttpRequest: only the beginning and the end. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
};

export type Answer = { status: number; text: string; retryAfter: string | null };

export type Sending = { url: string; headers: Record<string, string>; body: FormData };

/** A browser tells how far an upload is only through XMLHttpRequest. */
const sendByXhr = (xhr: Xhr, { url, headers, body }: Sending, { onProgress, signal }: UploadOptions) =>
  new Promise<Answer>((resolve, reject) => {
    xhr.open('POST', url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0);
    const abort = () => xhr.abort();
    xhr.onload = () =>
      resolve({
        status: xhr.status,
        text: xhr.responseText,
        retryAfter: xhr.getResponseHeader('Retry-After'),
      });
    xhr.onerror = () => reject(new ConnectionError());
    xhr.onabort = () => reject(signal?.reason ?? new DOMException('The upload was aborted.', 'AbortError'));
    xhr.onloadend = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    xhr.send(body);
  });

const sendByFetch = async (
  { url, headers, body }: Sending,
  { onProgress, signal }: UploadOptions,
  fetch: (request: Request) => Promise<Response>,
): Promise<Answer> => {
  onProgress?.(0);
  const answer = await fetch(new Request(url, { method: 'POST', headers, body, ...(signal && { signal }) }));
  onProgress?.(1);
  return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('Retry-After') };
};

/** Sends a form with a file. @throws ConnectionError, or the signal's reason */
export const sendForm = async (
  sending: Sending,
  options: UploadOptions,
  fetch: (request: Request) => Promise<Response>,
): Promise<Answer> => {
  options.signal?.throwIfAborted();
  const { XMLHttpRequest } = platform;
  return XMLHttpRequest
    ? sendByXhr(new XMLHttpRequest(), sending, options)
    : sendByFetch(sending, options, fetch);
};
