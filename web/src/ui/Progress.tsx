/** How far something is: a share from 0 to 1. */
export const Progress = ({ share, label }: { share: number; label: string }) => (
  <div
    class="progress"
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    aria-valuenow={Math.round(share * 100)}
  >
    <span style={{ width: `${share * 100}%` }} />
  </div>
);
