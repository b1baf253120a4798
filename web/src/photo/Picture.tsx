import { useSignal } from '@preact/signals';
import type { Photo } from 'darkroom-client';
import { client } from '../session/session.ts';
import { smallest, srcSet, uprightSize } from './picture.ts';

type Props = {
  photo: Photo;
  /** For `sizes`: how wide it is shown. */
  sizes: string;
  alt: string;
  isFirst?: boolean;
  withOriginal?: boolean;
};

/** A photo's address ends within an hour: one that fails is asked for anew, once. */
export const Picture = ({ photo, sizes, alt, isFirst = false, withOriginal = false }: Props) => {
  const renewed = useSignal<Photo | undefined>(undefined);
  const isLost = useSignal(false);
  const shown = renewed.value?.id === photo.id ? renewed.value : photo;
  const { width, height } = uprightSize(photo);
  const renew = () => {
    if (renewed.value) isLost.value = true;
    else
      client.getPhoto(photo.id).then(
        (fresh) => {
          renewed.value = fresh;
        },
        () => {
          isLost.value = true;
        },
      );
  };
  return (
    <span
      class="picture"
      data-lost={isLost.value || undefined}
      style={{
        aspectRatio: `${width} / ${height}`,
        ...(photo.placeholder && { backgroundImage: `url(${photo.placeholder})` }),
      }}
    >
      <img
        src={smallest(shown)}
        srcset={srcSet(shown, { withOriginal })}
        sizes={sizes}
        width={width}
        height={height}
        alt={alt}
        decoding="async"
        loading={isFirst ? 'eager' : 'lazy'}
        fetchpriority={isFirst ? 'high' : 'auto'}
        onError={renew}
      />
    </span>
  );
};
