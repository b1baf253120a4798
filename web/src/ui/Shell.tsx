import type { ComponentChildren } from 'preact';
import { href, route } from '../router.ts';
import { isAdmin, username } from '../session/session.ts';
import { Icon, type IconName } from './Icon.tsx';
import { Mark } from './Mark.tsx';
import { isOnline } from './online.ts';

const PLACES: { path: string; label: string; icon: IconName }[] = [
  { path: '/', label: 'Photos', icon: 'feed' },
  { path: '/mine', label: 'Mine', icon: 'mine' },
  { path: '/upload', label: 'Upload', icon: 'upload' },
  { path: '/movies', label: 'Movies', icon: 'movies' },
  { path: '/exchange', label: 'Files', icon: 'exchange' },
];

const isAt = (path: string) => {
  const at = route.value.path;
  return path === '/'
    ? at === '/' || at.startsWith('/people/') || at.startsWith('/photos/')
    : at.startsWith(path);
};

const Place = ({ path, label, icon }: (typeof PLACES)[number]) => (
  <a href={href(path)} aria-current={isAt(path) ? 'page' : undefined}>
    <Icon name={icon} />
    <span>{label}</span>
  </a>
);

/** The frame of every screen of somebody who is signed in. */
export const Shell = ({ children }: { children: ComponentChildren }) => (
  <>
    <a class="skip" href="#main">
      Skip to the content
    </a>
    <header class="top">
      <a class="home" href={href('/')} aria-label="Darkroom, all photos">
        <Mark />
      </a>
      <nav class="places" aria-label="Main">
        {PLACES.map((place) => (
          <Place key={place.path} {...place} />
        ))}
        {isAdmin.value && <Place path="/admin" label="Admin" icon="admin" />}
      </nav>
      <a
        class="me"
        href={href('/account')}
        aria-current={isAt('/account') ? 'page' : undefined}
        title="Your account"
      >
        <Icon name="account" />
        <bdi>{username.value}</bdi>
      </a>
    </header>
    {!isOnline.value && (
      <p class="offline" role="status">
        You are offline. What is here stays; the rest goes on when the connection is back.
      </p>
    )}
    <main id="main">{children}</main>
  </>
);
