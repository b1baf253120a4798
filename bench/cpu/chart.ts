export type Bar = { name: string; ours: number; theirs: number; goal: number | undefined };

const WIDTH = 720;
const LEFT = 170;
const ROW = 44;
const SCALE_MAX = 5;

const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The ratios as horizontal bars, with a mark at each goal, as an SVG that reads in light and dark. */
export const drawBars = (bars: Bar[]): string => {
  const scale = (ratio: number) => (Math.min(ratio, SCALE_MAX) / SCALE_MAX) * (WIDTH - LEFT - 130);
  const rows = bars.map(({ name, ours, theirs, goal }, i) => {
    const y = 56 + i * ROW;
    const ratio = ours / theirs;
    const within = goal === undefined || ratio <= goal;
    return [
      `<text x="${LEFT - 12}" y="${y + 15}" text-anchor="end">${escapeText(name)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${scale(ratio).toFixed(1)}" height="22" rx="3" fill="${within ? '#4a8f6a' : '#c0603a'}"/>`,
      goal === undefined
        ? ''
        : `<path d="M${(LEFT + scale(goal)).toFixed(1)} ${y - 3}v28" stroke="#888" stroke-width="2" stroke-dasharray="3 2"/>`,
      `<text x="${LEFT + scale(ratio) + 8}" y="${y + 15}">${ratio.toFixed(2)} <tspan class="quiet">(${ours.toFixed(2)} ms / ${theirs.toFixed(2)} ms)</tspan></text>`,
    ].join('');
  });
  const height = 56 + bars.length * ROW + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU a request against the same work by hand">
<style>text{font:14px system-ui,sans-serif;fill:#333}.quiet{fill:#777}.title{font-weight:600}@media(prefers-color-scheme:dark){text{fill:#ddd}.quiet{fill:#999}}</style>
<text class="title" x="${LEFT}" y="24">CPU a request in workerd: Darkroom / the same work by hand</text>
<text class="quiet" x="${LEFT}" y="43">dashed: the goal; shorter is better</text>
${rows.join('\n')}
</svg>
`;
};
