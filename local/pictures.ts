import sharp, { type Sharp } from 'sharp';

/** Generated photographs: skies, ridges, water, lights, and the grain of a film. The same seed makes the same picture. */

export type Picture = { bytes: Buffer; filename: string; type: string };

type Random = () => number;

/** mulberry32: pseudo-random numbers from 0 to 1 for a seed. */
const randomFrom = (seed: number): Random => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const between = (random: Random, low: number, high: number) => low + random() * (high - low);
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** Typical sizes of photos from cameras and phones, in pixels. */
const SIZES = [
  [2400, 1600],
  [2400, 1600],
  [2048, 1536],
  [2016, 1512],
  [1536, 2048],
  [1600, 2400],
  [1512, 2016],
  [1920, 1080],
  [1080, 1920],
  [1800, 1800],
  [2400, 1000],
  [1350, 1080],
] as const;

/** Sky at the zenith, sky at the horizon, ground. */
const PALETTES = [
  ['#16324f', '#f2b880', '#1d2a2f'],
  ['#0b1d3a', '#e07a5f', '#14120f'],
  ['#6b9ac4', '#dfe7ec', '#3c5147'],
  ['#394867', '#f1dca7', '#2d3a3a'],
  ['#2b2d42', '#8d99ae', '#1b1c22'],
  ['#0f4c5c', '#fb8b24', '#241023'],
  ['#a3c4bc', '#f7e9d7', '#59656f'],
  ['#1b1b3a', '#693668', '#0d0d14'],
  ['#87a8c0', '#f4d9c6', '#705d56'],
  ['#1f4037', '#99d5c9', '#12211d'],
  ['#c9ada7', '#f2e9e4', '#4a4e69'],
  ['#5f0f40', '#fca311', '#14080e'],
] as const;

type Scene = { random: Random; width: number; height: number; sky: string; glow: string; ground: string };

const svg = ({ width, height, sky, glow }: Scene, horizon: number, content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="s" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="${sky}"/><stop offset="${horizon}" stop-color="${glow}"/>
        <stop offset="1" stop-color="${sky}"/>
      </linearGradient>
      <radialGradient id="g"><stop offset=".2" stop-color="${glow}"/>
        <stop offset="1" stop-color="${glow}" stop-opacity="0"/></radialGradient>
    </defs>
    <rect width="100%" height="100%" fill="url(#s)"/>${content}</svg>`;

/** A ridge from the left edge to the right, filled down to the bottom. */
const ridge = ({ random, width, height }: Scene, base: number, relief: number, fill: string, opacity = 1) => {
  let points = [base, base + between(random, -relief, relief) / 2];
  for (let step = relief; points.length < 200; step *= 0.52)
    points = points.flatMap((y, i) => {
      const next = points[i + 1];
      return next === undefined ? [y] : [y, (y + next) / 2 + between(random, -step, step) / 2];
    });
  const line = points.map((y, i) => `${(i / (points.length - 1)) * width},${y}`).join(' ');
  return `<polygon points="0,${height} ${line} ${width},${height}" fill="${fill}" opacity="${opacity}"/>`;
};

const sun = ({ random, width, height }: Scene, horizon: number) => {
  const [x, y, r] = [
    between(random, 0.2, 0.8) * width,
    between(random, 0.5, 0.95) * horizon * height,
    width / 28,
  ];
  return `<circle cx="${x}" cy="${y}" r="${r * 5}" fill="url(#g)" opacity=".75"/>
    <circle cx="${x}" cy="${y}" r="${r}" fill="#fff6e5"/>`;
};

const mountains = (scene: Scene) => {
  const { random, height, ground } = scene;
  const horizon = between(random, 0.5, 0.7);
  const layers = [0, 1, 2, 3].map((i) =>
    ridge(scene, height * (horizon + i * 0.09), height * (0.3 - i * 0.05), ground, 0.3 + i * 0.23),
  );
  return svg(scene, horizon, sun(scene, horizon) + layers.join(''));
};

const sea = (scene: Scene) => {
  const { random, width, height, glow, ground } = scene;
  const horizon = between(random, 0.4, 0.6);
  const waves = Array.from({ length: 90 }, (_, i) => {
    const y = height * (horizon + (1 - horizon) * (i / 90) ** 1.7);
    const length = between(random, 0.02, 0.25) * width * (0.3 + i / 90);
    return `<ellipse cx="${random() * width}" cy="${y}" rx="${length}" ry="${1 + i / 14}" fill="${
      random() < 0.5 ? glow : ground
    }" opacity="${between(random, 0.1, 0.4)}"/>`;
  });
  const water = `<rect y="${height * horizon}" width="100%" height="100%" fill="${ground}" opacity=".55"/>`;
  return svg(scene, horizon, sun(scene, horizon) + water + waves.join(''));
};

const city = (scene: Scene) => {
  const { random, width, height, ground } = scene;
  const horizon = between(random, 0.6, 0.8);
  const houses = Array.from({ length: 26 }, (_, i) => {
    const [w, h] = [between(random, 0.04, 0.09) * width, between(random, 0.1, 0.45) * height];
    const [x, y] = [(i / 25) * width - w / 2, height * horizon - h];
    const windows = Array.from({ length: 18 }, () =>
      random() < 0.6
        ? `<rect x="${x + between(random, 0.1, 0.8) * w}" y="${y + between(random, 0.05, 0.9) * h}" width="${w / 9}" height="${w / 7}" fill="#ffd88a" opacity=".8"/>`
        : '',
    );
    return `<rect x="${x}" y="${y}" width="${w}" height="${height}" fill="${ground}" opacity="${between(random, 0.75, 1)}"/>${windows.join('')}`;
  });
  return svg(scene, horizon, houses.join('') + ridge(scene, height * 0.93, height * 0.03, '#0c0c0e'));
};

const lights = (scene: Scene) => {
  const { random, width, height, glow } = scene;
  const discs = Array.from({ length: 46 }, () => {
    const r = between(random, 0.015, 0.11) * width;
    const fill = pick(random, [glow, '#ffd88a', '#f4f1ea', '#8ecae6', '#e07a5f']);
    return `<circle cx="${random() * width}" cy="${random() * height}" r="${r}" fill="${fill}" opacity="${between(random, 0.08, 0.45)}"/>`;
  });
  return svg(scene, 0.9, `<rect width="100%" height="100%" opacity=".45"/>${discs.join('')}`);
};

const dunes = (scene: Scene) => {
  const { random, height, glow, ground } = scene;
  const horizon = between(random, 0.3, 0.45);
  const layers = Array.from({ length: 6 }, (_, i) =>
    ridge(scene, height * (horizon + 0.02 + i * 0.11), height * 0.12, i % 2 ? glow : ground, 0.55 + i * 0.07),
  );
  return svg(scene, horizon, sun(scene, horizon) + layers.join(''));
};

const stilllife = (scene: Scene) => {
  const { random, width, height, ground, glow } = scene;
  const leaves = Array.from({ length: 22 }, () => {
    const [x, y, l] = [random() * width, random() * height, between(random, 0.15, 0.45) * height];
    return `<path d="M0 0Q${l / 3} ${-l / 2} 0 ${-l}Q${-l / 3} ${-l / 2} 0 0" transform="translate(${x} ${y}) rotate(${random() * 360})" fill="${
      random() < 0.7 ? ground : glow
    }" opacity="${between(random, 0.35, 0.9)}"/>`;
  });
  return svg(scene, 0.5, leaves.join(''));
};

const SCENES = [mountains, sea, city, lights, dunes, stilllife, mountains, sea];

const encode = (image: Sharp, random: Random) => {
  const chance = random();
  if (chance < 0.03) return { image: image.png({ compressionLevel: 3 }), extension: 'png' };
  if (chance < 0.08) return { image: image.webp({ quality: 82 }), extension: 'webp' };
  return { image: image.jpeg({ quality: 84 }), extension: 'jpg' };
};

/** Film grain, as a tile that covers a picture. */
const grain = sharp({
  create: {
    width: 256,
    height: 256,
    channels: 3,
    background: '#808080',
    noise: { type: 'gaussian', mean: 128, sigma: 16 },
  },
})
  .resize(512, 512, { kernel: 'nearest' })
  .png()
  .toBuffer();

/** Makes a photograph. A few are stored turned, with an Exif orientation, as cameras do. */
export const makePicture = async (seed: number): Promise<Picture> => {
  const random = randomFrom(seed * 7919 + 17);
  const [width, height] = pick(random, SIZES);
  const [sky, glow, ground] = pick(random, PALETTES);
  const drawing = pick(random, SCENES)({ random, width, height, sky, glow, ground });
  const overlay = { input: await grain, tile: true, blend: 'soft-light' } as const;
  const upright = sharp(Buffer.from(drawing)).composite([overlay]).flatten();
  const isTurned = random() < 0.12;
  const [day, month] = [1 + Math.floor(random() * 28), 1 + Math.floor(random() * 9)];
  const turn = async () => {
    const { data, info } = await upright.raw().toBuffer({ resolveWithObject: true });
    return sharp(data, { raw: info }).rotate(270);
  };
  const { image, extension } = encode(isTurned ? await turn() : upright, random);
  const taken = `2026:0${month}:${String(day).padStart(2, '0')} 17:30:00`;
  const bytes = await image
    .withExif({ IFD2: { DateTimeOriginal: taken } })
    .withMetadata(isTurned ? { orientation: 6 } : {})
    .toBuffer();
  const type = `image/${extension === 'jpg' ? 'jpeg' : extension}`;
  return { bytes, filename: `DSC${1000 + seed}.${extension}`, type };
};
