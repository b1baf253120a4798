import { makePicture } from '../../local/pictures.ts';

/** Generated photographs, in the form that a file chooser takes. */
export const pictureFiles = (count: number, from = 0) =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const { bytes, filename, type } = await makePicture(from + i);
      return { name: filename, mimeType: type, buffer: bytes };
    }),
  );
