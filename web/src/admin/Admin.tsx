import { useComputed, useSignal } from '@preact/signals';
import type { Account, AccountChanges, Person } from 'darkroom-client';
import { useEffect, useMemo } from 'preact/hooks';
import { account, client, isAdmin } from '../session/session.ts';
import { openList } from '../ui/growing.ts';
import { Icon } from '../ui/Icon.tsx';
import { MoreWhenSeen } from '../ui/MoreWhenSeen.tsx';
import { Empty, Failed, Lines, Loading } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';
import { sayError } from '../words.ts';
import { Health } from './Health.tsx';

type Changed = Pick<Account, 'role' | 'active'>;

const Line = ({ person }: { person: Person }) => {
  const known = useSignal<Changed | undefined>(undefined);
  const isBusy = useSignal(false);
  const isMe = person.id === account.value?.id;
  const change = async (changes: AccountChanges) => {
    if (isBusy.value) return;
    isBusy.value = true;
    try {
      known.value = await client.updateUser(person.id, changes);
    } catch (error) {
      say(sayError(error));
    }
    isBusy.value = false;
  };
  const isActive = known.value?.active !== false;
  const role = isMe ? 'admin' : known.value?.role;
  const name = person.name ?? person.username;
  return (
    <li class="line">
      <div>
        <p class="strong">
          <bdi>{name}</bdi>
          {role === 'admin' && <span class="badge">Administrator</span>}
          {!isActive && <span class="badge">Deactivated</span>}
        </p>
        <p class="hint">
          <bdi>{person.username}</bdi>
        </p>
      </div>
      {!isMe && (
        <div class="actions">
          {isActive && role !== 'admin' && (
            <button type="button" class="button small" onClick={() => change({ role: 'admin' })}>
              Make administrator<span class="unseen"> of {name}</span>
            </button>
          )}
          {isActive && role !== 'user' && (
            <button type="button" class="button small" onClick={() => change({ role: 'user' })}>
              Make member<span class="unseen"> of {name}</span>
            </button>
          )}
          <button
            type="button"
            class={isActive ? 'button small danger' : 'button small'}
            onClick={() => change({ active: !isActive })}
          >
            {isActive ? 'Deactivate' : 'Reactivate'}
            <span class="unseen"> {name}</span>
          </button>
        </div>
      )}
    </li>
  );
};

const People = () => {
  const list = useMemo(() => openList(client.listUsers({ limit: 100 })), []);
  const words = useSignal('');
  useEffect(() => void list.reload(), [list]);
  const { items, isWhole, isLoading, error } = list;
  const found = useComputed(() => {
    const wanted = words.value.trim().toLocaleLowerCase();
    return items.value.filter(({ name, username }) =>
      `${name ?? ''} ${username ?? ''}`.toLocaleLowerCase().includes(wanted),
    );
  });
  const isSearching = words.value.trim() !== '';
  useEffect(() => {
    if (isSearching && !isWhole.value && !isLoading.value && !error.value) void list.loadMore();
  }, [isSearching, items.value.length]);
  return (
    <section class="part" aria-labelledby="people">
      <h2 id="people">People</h2>
      <search class="filter wide">
        <Icon name="search" />
        <input
          type="search"
          aria-label="Search people"
          placeholder="Search people"
          dir="auto"
          onInput={(event) => {
            words.value = event.currentTarget.value;
          }}
        />
      </search>
      <ul class="lined">
        {found.value.map((person) => (
          <Line key={person.id} person={person} />
        ))}
      </ul>
      {isWhole.value && found.value.length === 0 && (
        <Empty icon="account" title="Nobody is called that">
          <p>Only active members are listed.</p>
        </Empty>
      )}
      {items.value.length === 0 && isLoading.value && (
        <Loading what="The list">
          <Lines count={6} />
        </Loading>
      )}
      {error.value ? <Failed error={error.value} retry={() => void list.loadMore()} /> : null}
      {!isSearching && <MoreWhenSeen list={list} />}
    </section>
  );
};

/** For administrators: people, and how the house is. */
export const Admin = () => (
  <div class="column">
    <header class="head">
      <h1 tabIndex={-1}>Administration</h1>
    </header>
    {account.value && !isAdmin.value ? (
      <Empty icon="admin" title="For administrators">
        <p>Your account is a member’s.</p>
      </Empty>
    ) : (
      <>
        <Health />
        <People />
      </>
    )}
  </div>
);
