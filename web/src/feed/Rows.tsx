import { useSignal } from '@preact/signals';
import type { Photo } from 'darkroom-client';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Picture } from '../photo/Picture.tsx';
import { nameOf, ratioOf } from '../photo/picture.ts';
import { href } from '../router.ts';
import type { Growing } from '../ui/growing.ts';
import { MoreWhenSeen } from '../ui/MoreWhenSeen.tsx';
import { justify, type Layout } from './justify.ts';
import { shelf } from './shelf.ts';

const layoutFor = (width: number): Layout =>
  width < 480 ? { width, gap: 3, target: 150 } : { width, gap: 6, target: width < 1000 ? 210 : 270 };

const px = (size: number) => `${size}px`;

/** Remembered, so that a feed that is come back to has its height at once. */
let lastWidth = 0;

const Tile = ({
  photo,
  width,
  isFirst,
  onOpen,
}: {
  photo: Photo;
  width: number;
  isFirst: boolean;
  onOpen: () => void;
}) => (
  <a
    class="tile"
    href={href(`/photos/${photo.id}`)}
    onClick={onOpen}
    aria-label={nameOf(photo)}
    data-photo={photo.id}
  >
    <Picture photo={photo} sizes={px(Math.ceil(width))} alt="" isFirst={isFirst} />
    <span class="tile-words" aria-hidden="true">
      <bdi>{photo.username}</bdi>
      {photo.caption && <span dir="auto">{photo.caption}</span>}
    </span>
  </a>
);

const Skeleton = ({ layout, rows }: { layout: Layout; rows: number }) => (
  <div aria-hidden="true">
    {Array.from({ length: rows }, (_, i) => (
      <div class="row" key={i} style={{ height: px(layout.target) }}>
        {[1.5, 0.75, 1.33, 1.5].map((ratio, j) => (
          <span class="blank" key={j} style={{ flexGrow: ratio }} />
        ))}
      </div>
    ))}
  </div>
);

/** The photos of a list in justified rows; the next page is asked for before its place is seen. */
export const Rows = ({ list }: { list: Growing<Photo> }) => {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(lastWidth);

  useLayoutEffect(() => {
    if (!box.current) return;
    width.value = box.current.clientWidth; // before the first paint: nothing may move after it
    const observer = new ResizeObserver(([entry]) => {
      lastWidth = Math.floor(entry?.contentRect.width ?? 0);
      width.value = lastWidth;
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const { items, isWhole, isLoading, error } = list;
  const layout = layoutFor(width.value);
  const { rows } = justify(items.value, ratioOf, layout, isWhole.value);
  return (
    <div class="rows" ref={box} style={{ '--gap': px(layout.gap) }}>
      {width.value > 0 &&
        rows.map(({ key, height, tiles }) => (
          <div class="row" key={key} style={{ height: px(height) }}>
            {tiles.map(({ item, width: wide }) => (
              <span class="cell" key={item.id} style={{ width: px(wide) }}>
                <Tile
                  photo={item}
                  width={wide}
                  isFirst={key < 2}
                  onOpen={() => {
                    shelf.value = list;
                  }}
                />
              </span>
            ))}
          </div>
        ))}
      <MoreWhenSeen list={list} />
      {width.value > 0 && !isWhole.value && !error.value && (
        <Skeleton
          key={items.value.length}
          layout={layout}
          rows={items.value.length > 0 || !isLoading.value ? 1 : 4}
        />
      )}
    </div>
  );
};
