/** Marks that readers leave out. Others tell words apart, such as vowels in Devanagari and voicing marks in Kana. */
const ACCENTS = /[[\p{M}&&[\p{sc=Inherited}\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Cyrillic}]]--[\u3099\u309a]]/gv;

/** Letters that Unicode does not decompose, and how they are typed without a keyboard for them. */
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ς: 'σ',
};
const UNDECOMPOSED = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/** Invisible characters, trade marks, apostrophes that Unicode calls letters, and the bar that stretches Arabic words. */
const IGNORED = /[\p{Default_Ignorable_Code_Point}\u02b9-\u02c1\u0640©®™℠]/gu;

/** What only needs lower case: most texts, and it is quick to see. */
const ASCII = /^\p{ASCII}*$/u;

const RUN = /[\p{L}\p{N}\p{M}]+/gu;
const PUNCTUATION = /[^\p{L}\p{N}\p{M}[\p{S}--[\p{Sk}\u2044]]]/gv;

/** Scripts without spaces between words, and Hangul, whose words are compounds. */
const SCRIPTS = ['Han', 'Hira', 'Kana', 'Bopo', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt'];
const UNSPACED = `[[${SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]&&[\\p{L}\\p{M}\\p{N}]]`;
const STARTS_UNSPACED = new RegExp(`^${UNSPACED}`, 'v');
const PIECES = new RegExp(`${UNSPACED}+|[^${UNSPACED}]+`, 'gv');

/** What white space surrounds: `Spider-Man` has the runs `spider` and `man`, and joined they are `spiderman`. */
type Group = {
  runs: string[];
  joined: string;
  /** Joined with its symbols: `c++`. */
  spelled: string;
};

/** What a movie must contain to match: a word (`whole`, or one that begins so), words in a row, all of some, one of some. */
export type Wanted =
  | { word: string; whole?: boolean }
  | { phrase: string[] }
  | { all: Wanted[] }
  | { any: Wanted[] };

export type SearchQuery = {
  /** The first word of the text of an equal title; empty if no title can be equal. */
  title: string;
  /** All words, but those after the first ten; undefined if there is none. */
  words: Wanted | undefined;
  /** The same with two words joined: `spiderman` for `spider man`. */
  joined: Wanted[];
};

/** Words of a query after this many are ignored. */
const MAX_WORDS = 10;

/** Without case, accents, compatibility forms (NFKC) and special letters. A digit such as ² stands apart. */
const fold = (text: string) =>
  ASCII.test(text)
    ? text.toLowerCase()
    : text
        .replace(IGNORED, '')
        .replace(/\p{No}/gu, '-$&-')
        .normalize('NFKC')
        .toUpperCase()
        .toLowerCase()
        .normalize('NFD')
        .replace(ACCENTS, '')
        .normalize('NFC')
        .replace(UNDECOMPOSED, (letter) => LETTERS[letter] ?? letter);

const readGroups = (text: string): Group[] =>
  fold(text)
    .split(/[\p{Z}\p{C}]+/u)
    .map((group) => {
      const runs = group.match(RUN) ?? [];
      return { runs, joined: runs.join(''), spelled: group.replace(PUNCTUATION, '') };
    });

/** A title as one word. Symbols that stand alone count only without any words, and punctuation without either. */
const joinTitle = (title: string, groups: Group[]): string => {
  const words = groups.filter(({ runs }) => runs.length > 0);
  const spelled = (words.length > 0 ? words : groups).map((group) => group.spelled).join('');
  const whole = spelled || fold(title).replace(/[\p{Z}\p{C}"'\\]/gu, '');
  return whole && `${whole}.`;
};

const isUnspaced = (piece: string) => STARTS_UNSPACED.test(piece);

/** A text without spaces as its pairs of characters, and its last one. */
const pairsOf = (text: string): string[] => {
  const characters = [...text];
  return characters.map((character, i) => character + (characters[i + 1] ?? ''));
};

const splitGroup = ({ runs, joined, spelled }: Group): string[] =>
  [...new Set([...runs, joined, spelled])]
    .flatMap((text) => text.match(PIECES) ?? [])
    .flatMap((piece) => (isUnspaced(piece) ? pairsOf(piece) : [piece]));

/** What a director is found by: words, separated by spaces. */
export const makeDirectorText = (director: string): string =>
  readGroups(director).flatMap(splitGroup).join(' ');

/** What a title is found by: itself as one word with a full stop, then its words, separated by spaces. */
export const makeTitleText = (title: string): string => {
  const groups = readGroups(title);
  return [joinTitle(title, groups), ...groups.flatMap(splitGroup)].filter(Boolean).join(' ');
};

const wantPiece = (piece: string, whole: boolean): Wanted => {
  if (!isUnspaced(piece)) return whole ? { word: piece, whole } : { word: piece };
  return [...piece].length === 1 ? { word: piece } : { phrase: pairsOf(piece).slice(0, -1) };
};

export const allOf = (parts: Wanted[]): Wanted =>
  parts.length === 1 && parts[0] ? parts[0] : { all: parts };
export const anyOf = (parts: Wanted[]): Wanted =>
  parts.length === 1 && parts[0] ? parts[0] : { any: parts };

/** All of these texts; only the last word may be unfinished. */
const wantTexts = (texts: string[]): Wanted => {
  const pieces = texts.flatMap((text) => text.match(PIECES) ?? []);
  return allOf(pieces.map((piece, i) => wantPiece(piece, i < pieces.length - 1)));
};

const wantGroup = ({ runs, spelled }: Group): Wanted =>
  runs.length === 0 || (runs.length === 1 && runs[0] === spelled)
    ? wantTexts([spelled])
    : { any: [wantTexts([spelled]), wantTexts(runs)] };

/** The groups of a query that hold at most `MAX_WORDS` words. Symbols that stand alone count only without any words. */
const limitGroups = (groups: Group[]): Group[] => {
  const words = groups.filter(({ runs }) => runs.length > 0);
  let left = MAX_WORDS;
  return (words.length > 0 ? words : groups.filter(({ spelled }) => spelled))
    .map((group) => ({ ...group, runs: group.runs.slice(0, MAX_WORDS) }))
    .filter(({ runs }) => {
      left -= Math.max(1, runs.length);
      return left >= 0;
    });
};

/** Reads a query in the same way as titles and directors. */
export const readSearchQuery = (q: string): SearchQuery => {
  const all = readGroups(q);
  const groups = limitGroups(all);
  const wanted = groups.map(wantGroup);
  const joined = groups.slice(1).flatMap((second, i) => {
    const first = groups[i];
    if (!first || isUnspaced(first.spelled) || isUnspaced(second.spelled)) return [];
    const pair = { phrase: [first.spelled + second.spelled] };
    return [allOf([...wanted.slice(0, i), pair, ...wanted.slice(i + 2)])];
  });
  return { title: joinTitle(q, all), words: wanted.length > 0 ? allOf(wanted) : undefined, joined };
};
