import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { account, client, loadAccount, signOut, username } from '../session/session.ts';
import { Field, Form, Submit } from '../ui/Form.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Failed, Lines, Loading } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';
import { sayDate } from '../words.ts';
import { Sessions } from './Sessions.tsx';

const Profile = () => {
  const error = useSignal<unknown>(undefined);
  const load = () => {
    error.value = undefined;
    loadAccount().catch((failure) => {
      error.value = failure;
    });
  };
  useEffect(load, []);
  const me = account.value;
  if (error.value && !me) return <Failed error={error.value} retry={load} />;
  if (!me)
    return (
      <Loading what="Your account">
        <Lines count={3} />
      </Loading>
    );
  return (
    <dl class="facts">
      <div>
        <dt>Username</dt>
        <dd>
          <bdi>{me.username}</bdi>
          {me.role === 'admin' && <span class="badge">Administrator</span>}
        </dd>
      </div>
      <div>
        <dt>Name</dt>
        <dd>{me.name ? <bdi>{me.name}</bdi> : <span class="none">None</span>}</dd>
      </div>
      <div>
        <dt>E-mail</dt>
        <dd>{me.email ? <bdi>{me.email}</bdi> : <span class="none">None</span>}</dd>
      </div>
      <div>
        <dt>Member since</dt>
        <dd>{sayDate(me.created_at)}</dd>
      </div>
    </dl>
  );
};

const Password = () => {
  const version = useSignal(0);
  return (
    <section class="part" aria-labelledby="password">
      <h2 id="password">Password</h2>
      <Form
        key={version.value}
        label="Change the password"
        onSend={async ({ old = '', new: next = '' }) => {
          await client.changePassword({ old, new: next });
          version.value += 1;
          say('The password is changed. All other sessions have ended.');
        }}
      >
        <input type="hidden" name="username" autocomplete="username" value={username.value} />
        <Field name="old" label="Current password" type="password" autocomplete="current-password" required />
        <Field name="new" label="New password" type="password" autocomplete="new-password" required />
        <div class="actions">
          <Submit>Change the password</Submit>
        </div>
      </Form>
    </section>
  );
};

export const AccountPage = () => (
  <div class="column">
    <header class="head">
      <h1 tabIndex={-1}>Your account</h1>
      <button type="button" class="button" onClick={() => void signOut()}>
        <Icon name="out" /> Sign out
      </button>
    </header>
    <Profile />
    <Password />
    <Sessions />
  </div>
);
