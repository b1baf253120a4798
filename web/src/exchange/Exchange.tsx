import { useSignal } from '@preact/signals';
import { route } from '../router.ts';
import { Field, Form, Submit } from '../ui/Form.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Tabs } from '../ui/Tabs.tsx';
import { CustomerFiles } from './CustomerFiles.tsx';
import { OperatorFiles } from './OperatorFiles.tsx';
import { enter, leave, names, type Realm } from './realms.ts';

const WORDS = {
  ops: {
    who: 'operator',
    signIn: 'Sign in as an operator',
    signUp: 'Make an operator’s account',
    why: 'Operators hand out files. This account is apart from your account for photos.',
  },
  client: {
    who: 'client',
    signIn: 'Sign in as a client',
    signUp: 'Make a client’s account',
    why: 'Clients fetch the files of operators. This account is apart from your account for photos.',
  },
} as const;

const Door = ({ realm }: { realm: Realm }) => {
  const isNew = useSignal(false);
  const { signIn, signUp, why } = WORDS[realm];
  const heading = isNew.value ? signUp : signIn;
  return (
    <section class="part" aria-labelledby="door">
      <h2 id="door">{heading}</h2>
      <p class="hint">{why}</p>
      <Form
        key={heading}
        label={heading}
        onSend={({ username = '', password = '' }) =>
          enter(realm, { username: username.trim(), password }, isNew.value)
        }
      >
        <Field name="username" label="Username" autocomplete="off" required />
        <Field name="password" label="Password" type="password" autocomplete="off" required />
        <div class="actions">
          <Submit>{isNew.value ? 'Make the account' : 'Sign in'}</Submit>
          <button
            type="button"
            class="button"
            onClick={() => {
              isNew.value = !isNew.value;
            }}
          >
            {isNew.value ? 'I have an account' : 'Make an account'}
          </button>
        </div>
      </Form>
    </section>
  );
};

const SignedIn = ({ realm }: { realm: Realm }) => (
  <div class="line">
    <p>
      Signed in as {WORDS[realm].who} <bdi class="strong">{names[realm].value}</bdi>
    </p>
    <button type="button" class="button small" onClick={() => void leave(realm)}>
      <Icon name="out" /> Sign out
    </button>
  </div>
);

/** The file exchange: operators hand out files, clients fetch them. */
export const Exchange = () => {
  const realm: Realm = route.value.query.get('as') === 'operator' ? 'ops' : 'client';
  const isIn = names[realm].value !== undefined;
  return (
    <div class="column">
      <header class="head">
        <h1 tabIndex={-1}>File exchange</h1>
        <Tabs
          label="Which side"
          tabs={[
            { path: '/exchange', label: 'Fetch files', isCurrent: realm === 'client' },
            { path: '/exchange?as=operator', label: 'Hand out files', isCurrent: realm === 'ops' },
          ]}
        />
      </header>
      {isIn ? <SignedIn realm={realm} /> : <Door realm={realm} key={realm} />}
      {isIn && (realm === 'ops' ? <OperatorFiles /> : <CustomerFiles />)}
    </div>
  );
};
