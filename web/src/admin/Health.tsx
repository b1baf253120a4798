import { client } from '../session/session.ts';
import { Icon } from '../ui/Icon.tsx';
import { useLoaded } from '../ui/useLoaded.ts';
import { sayError } from '../words.ts';

/** Whether the Worker answers, and how fast from here. */
export const Health = () => {
  const health = useLoaded(async () => {
    const begun = performance.now();
    await client.api.GET('/health');
    return Math.round(performance.now() - begun);
  });
  const ms = health.value.value;
  const { value: error } = health.error;
  return (
    <section class="part" aria-labelledby="health">
      <h2 id="health">State</h2>
      <div class="line">
        <p role="status">
          {error
            ? sayError(error)
            : ms === undefined
              ? 'Asking…'
              : `The Worker serves; it answered in ${ms} ms.`}
        </p>
        <button type="button" class="button small" onClick={health.reload}>
          <Icon name="retry" /> Ask again
        </button>
      </div>
    </section>
  );
};
