import type { ComponentChild } from 'preact';
import { CreateScreen } from './screens/CreateScreen.tsx';
import { DeskScreen } from './screens/DeskScreen.tsx';
import { ErasureScreen } from './screens/ErasureScreen.tsx';
import { RecoveryScreen } from './screens/RecoveryScreen.tsx';
import { TroubleScreen } from './screens/TroubleScreen.tsx';
import { UnlockScreen } from './screens/UnlockScreen.tsx';
import { UnreachableScreen } from './screens/UnreachableScreen.tsx';
import { WelcomeScreen } from './screens/WelcomeScreen.tsx';
import { app, type Scene } from './state/app.ts';
import { useStore } from './state/store.ts';

function screen(scene: Scene): ComponentChild {
  switch (scene.name) {
    case 'opening':
      return <main class="opening"><p>Opening…</p></main>;
    case 'unreachable':
      return <UnreachableScreen why={scene.why} />;
    case 'welcome':
      return <WelcomeScreen />;
    case 'create':
      return <CreateScreen restores={scene.restores} />;
    case 'unlock':
      return <UnlockScreen notice={scene.notice} />;
    case 'recovery':
      return <RecoveryScreen recoveryKey={scene.key} purpose={scene.purpose} />;
    case 'desk':
      return app.desk === null ? null : <DeskScreen desk={app.desk} />;
    case 'erasure':
      return <ErasureScreen key={scene.ordered.erasureId} ordered={scene.ordered} />;
    case 'trouble':
      return <TroubleScreen error={scene.error} />;
  }
}

export function App(): ComponentChild {
  const scene = useStore(app.view, (view) => view.scene);
  const announcement = useStore(app.view, (view) => view.announcement);
  return (
    <>
      {screen(scene)}
      <div class="visually-hidden" role="status">{announcement}</div>
    </>
  );
}
