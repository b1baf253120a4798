/** The name of the house, with its sign: a lens half in the light. */
export const Mark = () => (
  <span class="mark">
    <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M10 2a8 8 0 0 1 0 16z" fill="currentColor" />
      <circle class="mark-light" cx="10" cy="10" r="2.6" />
    </svg>
    Darkroom
  </span>
);
