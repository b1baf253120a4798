import { type Signal, signal } from '@preact/signals';
import { isAbort, sayError } from '../words.ts';
import { operator } from './realms.ts';

export type Sending = {
  id: number;
  file: File;
  share: Signal<number>;
  fault: Signal<string>;
  abort: AbortController;
};

/** Files on their way to the exchange, and those that did not get there. */
export const sendings = signal<Sending[]>([]);

let ids = 0;

export const forget = (sending: Sending): void => {
  sending.abort.abort();
  sendings.value = sendings.value.filter((one) => one !== sending);
};

/** Sends one file; `onDone` is called when it has arrived. */
export const sendFile = async (sending: Sending, onDone: () => void): Promise<void> => {
  sending.fault.value = '';
  sending.share.value = 0;
  try {
    await operator.uploadFile(sending.file, {
      signal: sending.abort.signal,
      onProgress: (share) => {
        sending.share.value = share;
      },
    });
    forget(sending);
    onDone();
  } catch (error) {
    if (!isAbort(error)) sending.fault.value = sayError(error);
  }
};

/** Sends files one after the other. */
export const sendFiles = async (files: File[], onDone: () => void): Promise<void> => {
  const added = files.map(
    (file): Sending => ({
      id: ++ids,
      file,
      share: signal(0),
      fault: signal(''),
      abort: new AbortController(),
    }),
  );
  sendings.value = [...sendings.value, ...added];
  for (const sending of added) if (sendings.value.includes(sending)) await sendFile(sending, onDone);
};
