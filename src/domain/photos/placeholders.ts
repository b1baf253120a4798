import { Buffer } from 'node:buffer';
import { eq } from 'drizzle-orm';
import { photos } from '../../storage/schema.ts';
import { type Shrinker, shrinkObject } from './variants.ts';

/** In each direction. */
const MOST_PIXELS = 16;

/** Characters of a data: URL; a list has fifty of them. */
const MOST = 1024;

/** Gives a photo its placeholder, where Images is bound. One that cannot be made, or is too large, is none. @throws Error where it cannot be made */
export const placePlaceholder = async (
  tools: Shrinker,
  { id, key }: { id: number; key: string },
): Promise<void> => {
  await scheduler.wait(0); // so that its waits are not counted as the answer's
  const bytes = await shrinkObject(tools, key, { width: MOST_PIXELS, height: MOST_PIXELS, format: 'webp' });
  if (!bytes) return;
  const placeholder = `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`;
  tools.budget.extend(tools.settings.REQUEST_BUDGET_MS); // for the one statement that follows
  if (placeholder.length <= MOST) await tools.db.update(photos).set({ placeholder }).where(eq(photos.id, id));
};
