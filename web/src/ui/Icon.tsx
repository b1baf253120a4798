const PATHS = {
  feed: 'M4 5h7v6H4zM13 5h7v9h-7zM4 13h7v6H4zM13 16h7v3h-7z',
  mine: 'M4 7h16v12H4zM8 4h8M4 15l4-4 4 4 3-3 5 5',
  upload: 'M12 16V5M7 9.5 12 4.5l5 5M5 19h14',
  movies: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c.6-3.6 3.4-5.5 7-5.5s6.4 1.9 7 5.5',
  exchange: 'M4 9h14M14 5l4 4-4 4M20 15H6M10 11l-4 4 4 4',
  admin: 'M12 3.5 19 6v5.5c0 4.3-3 7.5-7 9-4-1.5-7-4.7-7-9V6z',
  left: 'M14.5 5.5 8 12l6.5 6.5',
  right: 'M9.5 5.5 16 12l-6.5 6.5',
  close: 'M6 6l12 12M18 6 6 18',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 10.5v6M13.5 10.5v6',
  download: 'M12 5v11M7 11.5l5 5 5-5M5 20h14',
  retry: 'M19 12a7 7 0 1 1-2.2-5.1M19.5 4.5V9H15',
  camera: 'M4 8h3.5L9.5 5.5h5L16.5 8H20v11H4zM12 16.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20',
  pencil: 'M5 19l1-4L16 5l3 3L9 18z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  plus: 'M12 5v14M5 12h14',
  out: 'M14 5H6v14h8M10 12h10M16.5 8.5 20 12l-3.5 3.5',
  file: 'M7 3.5h7l4 4V20.5H7zM14 3.5V8h4',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside words that say the same, so screen readers pass it over. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
