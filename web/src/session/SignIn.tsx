import { href, route } from '../router.ts';
import { Field, Form, Submit } from '../ui/Form.tsx';
import { Mark } from '../ui/Mark.tsx';
import { endedNote, signIn, signUp } from './session.ts';

const other = (path: string) => {
  const next = route.value.query.get('next');
  return href(next ? `${path}?next=${encodeURIComponent(next)}` : path);
};

const Front = ({ children }: { children: preact.ComponentChildren }) => (
  <main class="front" id="main">
    <div class="front-card">
      <Mark />
      {children}
    </div>
  </main>
);

export const SignIn = () => (
  <Front>
    <h1 tabIndex={-1}>Sign in</h1>
    {endedNote.value && (
      <p class="note" role="status">
        {endedNote.value}
      </p>
    )}
    <Form
      label="Sign in"
      onSend={async ({ username = '', password = '' }) => {
        await signIn({ username: username.trim(), password });
      }}
    >
      <Field name="username" label="Username or e-mail" autocomplete="username" autofocus required />
      <Field name="password" label="Password" type="password" autocomplete="current-password" required />
      <Submit>Sign in</Submit>
    </Form>
    <p class="aside">
      New here? <a href={other('/sign-up')}>Make an account</a>
    </p>
  </Front>
);

export const SignUp = () => (
  <Front>
    <h1 tabIndex={-1}>Make an account</h1>
    <Form
      label="Make an account"
      onSend={async ({ username = '', name, email, password = '' }) => {
        await signUp({ username, password, ...(name && { name }), ...(email && { email }) });
      }}
    >
      <Field
        name="username"
        label="Username"
        autocomplete="username"
        hint="Everyone sees it beside your photos."
        autofocus
        required
      />
      <Field name="name" label="Name (optional)" autocomplete="name" />
      <Field name="email" label="E-mail (optional)" type="email" inputMode="email" autocomplete="email" />
      <Field name="password" label="Password" type="password" autocomplete="new-password" required />
      <Submit>Make my account</Submit>
    </Form>
    <p class="aside">
      You have one? <a href={other('/sign-in')}>Sign in</a>
    </p>
  </Front>
);
