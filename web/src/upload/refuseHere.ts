/** What the API takes; the file picker offers these. */
export const ACCEPTED = 'image/jpeg,image/png,image/gif,image/webp,image/avif';

const KNOWN = 'JPEG, PNG, GIF, WebP or AVIF';

/** Why a file cannot be a photo, by what is known before it is sent; the API judges by the bytes. */
export const refuseHere = (file: File): string | undefined => {
  if (file.size === 0) return 'This file is empty.';
  if (/\.hei[cf]$/i.test(file.name) || /^image\/hei[cf]/.test(file.type))
    return `HEIC photos cannot be shown in browsers. Share it as a ${KNOWN}.`;
  if (file.type && !file.type.startsWith('image/')) return `This is not a picture. Choose a ${KNOWN}.`;
  if (file.type === 'image/svg+xml') return `Drawings are not taken. Choose a ${KNOWN}.`;
  return undefined;
};
