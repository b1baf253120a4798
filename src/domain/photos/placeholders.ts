import { Buffer } from 'node:buffer';
import { eq } from 'drizzle-orm';
import { photos } from '../../storage/schema.ts';
import { type Shrinker, shrinkObject } from './variants.ts';

/** The width and the height at most. */
const MAX_PIXELS = 16;

/** A data: URL is short, because a list has fifty of them. */
const MAX_LENGTH = 1024;

/**
 * Gives a photo its placeholder, if Images is bound and the placeholder is not too long.
 * @throws Error if it cannot be made
 */
export const placePlaceholder = async (
  tools: Shrinker,
  { id, key }: { id: number; key: string },
): Promise<void> => {
  await scheduler.wait(0); // So its waits are not counted as those of the answer.
  const bytes = await shrinkObject(tools, key, { width: MAX_PIXELS, height: MAX_PIXELS, format: 'webp' });
  if (!bytes) return;
  const placeholder = `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`;
  tools.budget.extend(tools.settings.REQUEST_BUDGET_MS); // for the one statement that follows
  if (placeholder.length <= MAX_LENGTH)
    await tools.db.update(photos).set({ placeholder }).where(eq(photos.id, id));
};
