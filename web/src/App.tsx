import { useEffect, useLayoutEffect } from 'preact/hooks';
import { AccountPage } from './account/AccountPage.tsx';
import { Admin } from './admin/Admin.tsx';
import { Exchange } from './exchange/Exchange.tsx';
import { Feed } from './feed/Feed.tsx';
import { Mine } from './mine/Mine.tsx';
import { ImportMovies } from './movies/ImportMovies.tsx';
import { Movies } from './movies/Movies.tsx';
import { PhotoPage } from './photo/PhotoPage.tsx';
import { after, go, href, route, scrollOf } from './router.ts';
import { SignIn, SignUp } from './session/SignIn.tsx';
import { username } from './session/session.ts';
import { Shell } from './ui/Shell.tsx';
import { Empty } from './ui/states.tsx';
import { Toasts } from './ui/toasts.tsx';
import { Upload } from './upload/Upload.tsx';

const NotFound = () => (
  <Empty icon="search" title="There is no such page">
    <a class="button" href={href('/')}>
      See everyone’s photos
    </a>
  </Empty>
);

type Screen = { title: string; view: preact.ComponentChild };

const screenAt = (path: string): Screen => {
  const id = after('/photos/', path);
  if (id && /^\d+$/.test(id)) return { title: 'Photo', view: <PhotoPage id={Number(id)} /> };
  const user = after('/people/', path);
  if (user) return { title: `Photos by ${user}`, view: <Feed user={user} /> };
  switch (path) {
    case '/':
      return { title: 'Photographs', view: <Feed /> };
    case '/mine':
      return { title: 'My photos', view: <Mine /> };
    case '/upload':
      return { title: 'Upload', view: <Upload /> };
    case '/movies':
      return { title: 'Movies', view: <Movies /> };
    case '/movies/import':
      return { title: 'Import movies', view: <ImportMovies /> };
    case '/exchange':
      return { title: 'File exchange', view: <Exchange /> };
    case '/admin':
      return { title: 'Administration', view: <Admin /> };
    case '/account':
      return { title: 'Your account', view: <AccountPage /> };
    default:
      return { title: 'Not found', view: <NotFound /> };
  }
};

/** Where the visitor wanted to go before they signed in. */
const onward = (query: URLSearchParams) => {
  const next = query.get('next') ?? '/';
  return next.startsWith('/') && !next.startsWith('//') ? next : '/';
};

const isDoor = (path: string) => path === '/sign-in' || path === '/sign-up';

/** Puts the visitor where a page was left, or at its top, and the keyboard at its heading. */
const useArrival = (title: string) => {
  const { key } = route.value;
  useLayoutEffect(() => {
    document.title = `${title} · Darkroom`;
    scrollTo(0, scrollOf(route.value));
    if (key === 'first' || route.value.isBack) return;
    document.querySelector<HTMLElement>('h1[tabindex]')?.focus({ preventScroll: true });
  }, [key]);
};

const Inside = () => {
  const { title, view } = screenAt(route.value.path);
  useArrival(title);
  return <Shell>{view}</Shell>;
};

const Door = () => {
  const isNew = route.value.path === '/sign-up';
  useArrival(isNew ? 'Make an account' : 'Sign in');
  return isNew ? <SignUp /> : <SignIn />;
};

export const App = () => {
  const { path, query } = route.value;
  const isIn = username.value !== undefined;
  useEffect(() => {
    if (!isIn && !isDoor(path)) {
      const next = query.size > 0 ? `${path}?${query}` : path;
      go(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`, { replace: true });
    }
    if (isIn && isDoor(path)) go(onward(query), { replace: true });
  }, [isIn, path]);
  return (
    <>
      {isIn && !isDoor(path) ? <Inside /> : <Door />}
      <Toasts />
    </>
  );
};
