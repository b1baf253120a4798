import { concat, u16 } from '../bytes.ts';

export const [SOI, EOI, SOS, DRI, DNL, COM] = [0xd8, 0xd9, 0xda, 0xdd, 0xdc, 0xfe];
const [DHT, JPG, DAC, DQT] = [0xc4, 0xc8, 0xcc, 0xdb];
export const [APP0, APP1, APP2, APP14, APP15] = [0xe0, 0xe1, 0xe2, 0xee, 0xef];

export const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC;
export const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
export const isTable = (marker: number) =>
  marker === DHT || marker === DAC || marker === DQT || marker === DRI;
/** DNL repeats a height that the frame header must have. */
export const isMetadata = (marker: number) =>
  (marker >= APP0 && marker <= APP15) || marker === COM || marker === DNL;

/** A marker with its length and content (T.81, B.1.1.4). */
export const segment = (marker: number, ...content: (string | ArrayLike<number>)[]) => {
  const bytes = concat(...content);
  return concat([0xff, marker], u16(2 + bytes.length), bytes);
};
