import { signal } from '@preact/signals';
import type { PhotoList } from './photoList.ts';

/** The list that the photo page goes through with its arrows: the one that a photo was opened from. */
export const shelf = signal<PhotoList | undefined>(undefined);
