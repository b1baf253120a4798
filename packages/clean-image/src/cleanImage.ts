import { detectFormat, type Format, unsupported } from './detectFormat.ts';
import { invalid } from './imageError.ts';
import type { ImageInfo, Limits } from './imageInfo.ts';
import { createStreamEditor, type Steps } from './streamEditor.ts';

export { ImageError } from './imageError.ts';
export type { ImageInfo, Limits } from './imageInfo.ts';

export type CleanImage = {
  /** From the file's own bytes, for example `image/jpeg`. */
  contentType: string;
  /** The cleaned file; read it once, to its end. Its pieces share memory with the chunks: do not change or transfer them. */
  readable: AsyncGenerator<Uint8Array>;
  /** @throws Error if `readable` has not ended */
  info: () => ImageInfo;
};

const NOTHING = new Uint8Array(0);

/**
 * Cleans an image while it streams: the same pixels, colour profile and orientation, without the metadata. It resolves after the first
 * bytes, as soon as the format is known. Bytes after the end of the image are read and discarded.
 * @throws ImageError `unsupported`: not an image in one of the five formats. `invalid`: damaged, cut off, without size or with too many
 * pixels; `readable` throws this too.
 */
export const cleanImage = async (chunks: AsyncIterable<Uint8Array>, limits: Limits): Promise<CleanImage> => {
  const editor = createStreamEditor();
  const found: { format?: Format; info?: ImageInfo } = {};

  function* edit(): Steps {
    found.format = yield* detectFormat(editor);
    yield;
    found.info = yield* found.format.clean(editor, limits);
    return undefined;
  }
  async function* read(): AsyncGenerator<Uint8Array> {
    const steps = edit();
    for await (const chunk of chunks) {
      if (found.info) continue;
      editor.feed(chunk);
      if (!found.format) {
        steps.next();
        if (!found.format) continue;
        yield NOTHING; // cleanImage resolves here
      }
      steps.next();
      yield* editor.takeOutput();
    }
    editor.end();
    if (!found.format) throw editor.buffered() ? unsupported() : invalid('The file is empty.');
    steps.next();
    if (!found.info) throw invalid(found.format.cutOff);
    yield* editor.takeOutput();
  }

  const readable = read();
  await readable.next();
  if (!found.format) throw unsupported();
  return {
    contentType: found.format.contentType,
    readable,
    info: () => {
      if (!found.info) throw new Error('Read the image to its end before you ask for its info.');
      return found.info;
    },
  };
};
