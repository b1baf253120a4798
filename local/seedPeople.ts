/** Twelve people: several scripts, a right-to-left name, and names longer than a line. */
export const PEOPLE = [
  { username: 'ann', name: 'Ann Lindqvist' },
  { username: 'bo', name: 'Bo' },
  { username: 'ليلى', name: 'ليلى منصور' },
  { username: '千尋', name: '荻野 千尋' },
  { username: 'søren', name: 'Søren Ærø' },
  { username: 'olu', name: 'Oluwaseun Adéọlá' },
  { username: 'priya', name: 'प्रिया शर्मा' },
  { username: 'иван', name: 'Иван Щербаков' },
  {
    username: 'maximiliana.konstantinopoulou-featherstonehaugh-of-upper-slaughter',
    name: 'Maximiliana Konstantinopoulou-Featherstonehaugh of Upper Slaughter and Nether Wallop',
  },
  { username: 'tâm', name: 'Nguyễn Thị Minh Tâm' },
  { username: 'eleni', name: 'Ελένη Παπαδοπούλου' },
  { username: 'zoë', name: 'Zoë "Zed" <O’Neill> & Daughters' },
] as const;

/** Null: without a caption. */
export const CAPTIONS = [
  'First light',
  'The tide went out and forgot to come back.',
  null,
  'قبل الغروب بدقائق، على طريق الساحل القديم',
  '夕方の海。風が止んだ。',
  'Vinter i november',
  null,
  'सुबह की पहली किरण',
  'Тишина после дождя',
  'Film: 400 ISO, pushed one stop. Developed in the sink, hung from the shower rail, scanned with a lamp and some patience.',
  'Λίγο πριν τη βροχή',
  null,
  'Không có gì ngoài gió',
  '🌊 ⛰️ 🌙',
  'Ridge, ridge, ridge',
  'She said “one more”, and then it was dark.',
  null,
  '안개가 걷히기 전에',
  '<b>not bold</b> & never will be',
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
] as const;
