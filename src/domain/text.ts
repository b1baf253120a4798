/** The form in which names are stored: Unicode NFC, without white space around it. */
export const normaliseName = (text: string): string => text.normalize('NFC').trim();

/**
 * The form in which names are compared: without regard to case, compatibility forms (NFKC) and invisible
 * characters. Upper case comes between, because lower case alone does not match ß with ss, nor the two forms
 * of σ, and upper case alone not ẞ with ß (Unicode, "caseless matching").
 */
export const foldIdentifier = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .trim();
