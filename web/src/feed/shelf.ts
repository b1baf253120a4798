import { signal } from '@preact/signals';
import type { Photo } from 'darkroom-client';
import type { Growing } from '../ui/growing.ts';

/** The list that the photo page goes through with its arrows: the one that a photo was opened from. */
export const shelf = signal<Growing<Photo> | undefined>(undefined);
