import { render } from 'preact';
import { App } from './ui/App.tsx';
import { app } from './ui/state/app.ts';
import '@fontsource-variable/literata/opsz.css';
import '@fontsource-variable/literata/opsz-italic.css';
import './ui/styles/tokens.css';
import './ui/styles/base.css';
import './ui/styles/controls.css';
import './ui/styles/gate.css';
import './ui/styles/desk.css';
import './ui/styles/shelf.css';
import './ui/styles/page.css';
import './ui/styles/settings.css';
import './ui/styles/print.css';

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
void app.start();
