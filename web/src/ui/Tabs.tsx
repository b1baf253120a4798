import { href } from '../router.ts';

type Tab = { path: string; label: string; isCurrent: boolean };

/** Links to the parts of a screen. */
export const Tabs = ({ label, tabs }: { label: string; tabs: Tab[] }) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map(({ path, label: words, isCurrent }) => (
      <a key={path} href={href(path)} aria-current={isCurrent ? 'page' : undefined}>
        {words}
      </a>
    ))}
  </nav>
);
