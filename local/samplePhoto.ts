import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { ROOT } from './settings.ts';

/** Draws the photo of the README's walk-through again: `npm exec -- node local/samplePhoto.ts`. */

const SCENE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 800">
  <defs>
    <linearGradient id="sky" x2="0" y2="1">
      <stop offset="0" stop-color="#26345f"/><stop offset=".55" stop-color="#d98a7c"/>
      <stop offset="1" stop-color="#ffd9a0"/>
    </linearGradient>
    <linearGradient id="lake" x2="0" y2="1">
      <stop offset="0" stop-color="#f3b58c"/><stop offset="1" stop-color="#2b3763"/>
    </linearGradient>
  </defs>
  <rect width="1200" height="560" fill="url(#sky)"/>
  <circle cx="655" cy="400" r="62" fill="#fff1cf"/>
  <path d="M0 470 160 330 290 430 450 250 640 450 800 380 960 470 1080 350 1200 440V560H0Z" fill="#6b5a80"/>
  <path d="M0 530 190 420 380 540 560 470 760 545 1000 450 1200 530V560H0Z" fill="#3c3d63"/>
  <rect y="560" width="1200" height="240" fill="url(#lake)"/>
  <path d="M575 575H735M595 605H710M620 640H690M635 680H675" stroke="#fff1cf" stroke-width="9" opacity=".7"/>
  <path d="M0 800V690Q150 640 330 745T620 800Z" fill="#151b38"/>
</svg>`;

/** Metadata as a camera writes it, which Darkroom does not store: the place, the camera, the person. */
const EXIF = {
  IFD0: { Make: 'Example', Model: 'Pocket 1', Artist: 'Ann Example' },
  IFD2: { DateTimeOriginal: '2026:06:21 04:52:00', OffsetTimeOriginal: '+02:00' },
  IFD3: {
    GPSLatitudeRef: 'N',
    GPSLatitude: '46/1 41/1 0/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '7/1 51/1 0/1',
  },
};

const photo = await sharp(Buffer.from(SCENE)).jpeg({ quality: 78, mozjpeg: true }).withExif(EXIF).toBuffer();
await writeFile(path.join(ROOT, 'docs', 'first-light.jpg'), photo);
