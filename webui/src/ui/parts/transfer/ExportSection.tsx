import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Desk } from '../../state/desk.ts';
import { ExportDialog } from './ExportDialog.tsx';

/** Where the writer takes everything out. */
export function ExportSection({ desk }: { readonly desk: Desk }): VNode {
  const [open, setOpen] = useState(false);
  return (
    <section aria-labelledby="settings-export">
      <h2 id="settings-export">Take everything out</h2>
      <p class="soft">An encrypted backup to keep, a book to read, or files for another tool. It is made on this device; the server never sees it.</p>
      <p><button type="button" class="button" onClick={() => setOpen(true)}>Export…</button></p>
      {open && <ExportDialog desk={desk} chosen={null} onClose={() => setOpen(false)} />}
    </section>
  );
}
