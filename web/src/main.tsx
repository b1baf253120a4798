import { render } from 'preact';
import { App } from './App.tsx';
import { startRouter } from './router.ts';
import { loadAccount } from './session/session.ts';
import './styles/index.css';

startRouter();
void loadAccount().catch(() => {}); // what needs the account says so itself
const root = document.getElementById('app');
if (root) render(<App />, root);
