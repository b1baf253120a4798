import { useSignal } from '@preact/signals';
import type { Person } from 'darkroom-client';
import { useId } from 'preact/hooks';
import { client } from '../session/session.ts';
import { Icon } from '../ui/Icon.tsx';

type Props = { user: string | undefined; onChoose: (username: string) => void };

/** Chooses whose photos are shown. Names are suggested once the field is entered. */
export const PersonFilter = ({ user, onChoose }: Props) => {
  const people = useSignal<Person[]>([]);
  const id = useId();
  const suggest = () => {
    if (people.value.length > 0) return;
    client
      .listUsers({ limit: 100 })
      .page()
      .then(
        ({ items }) => {
          people.value = items.filter(({ username }) => username !== null);
        },
        () => {}, // a name can be typed without suggestions
      );
  };
  const send = (event: Event) => {
    event.preventDefault();
    const name = new FormData(event.currentTarget as HTMLFormElement).get('user');
    onChoose(String(name ?? '').trim());
  };
  return (
    <search class="filter">
      <form onSubmit={send} key={user}>
        <Icon name="search" />
        <input
          type="search"
          name="user"
          list={id}
          aria-label="Username"
          placeholder="Whose photos?"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          dir="auto"
          defaultValue={user ?? ''}
          onFocus={suggest}
          onInput={(event) => {
            const { value } = event.currentTarget;
            if (people.value.some(({ username }) => username === value)) onChoose(value);
            if (value === '' && user) onChoose('');
          }}
        />
        <datalist id={id}>
          {people.value.map(({ id: key, username, name }) => (
            <option key={key} value={username ?? undefined}>
              {name ?? username}
            </option>
          ))}
        </datalist>
      </form>
    </search>
  );
};
