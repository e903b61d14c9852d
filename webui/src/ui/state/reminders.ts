import type { Vault } from '../../client/vault.ts';
import { isBackupDue } from '../../writing/backups.ts';
import { isNothingDue, planRetention, type RetentionPlan } from '../../writing/retention.ts';
import { held, type DeskView } from './desk-view.ts';
import type { Store } from './store.ts';

/** What the writer is reminded of after unlocking: what the retention policies are due for, and a backup. */
export class Reminders {
  readonly #vault: Vault;
  readonly #view: Store<DeskView>;
  readonly #onFault: (error: unknown) => string;

  constructor(vault: Vault, view: Store<DeskView>, onFault: (error: unknown) => string) {
    this.#vault = vault;
    this.#view = view;
    this.#onFault = onFault;
  }

  /** What the retention policies are due for now. */
  due(): RetentionPlan {
    const { sessions, notebooks, settings } = this.#view.value;
    return planRetention(sessions, notebooks, settings, this.#vault.now());
  }

  /** Brings up, once, what the policies are due for, and a backup that is; of backups nothing is said before `quietUntil`. */
  bringUp(quietUntil: number): void {
    const { sessions, settings, backupAt } = this.#view.value;
    const now = this.#vault.now();
    this.#view.set({ owes: !isNothingDue(this.due()), owesBackup: now >= quietUntil && isBackupDue(sessions, settings, backupAt, now) });
  }

  /** A backup of everything was made, and read back; all devices are to know. Resolves to why they cannot, or null. */
  async backedUp(begunAt: number): Promise<string | null> {
    this.#view.set({ owesBackup: false });
    try {
      await this.#vault.noteBackup(begunAt);
      this.#view.set(held(this.#vault));
      return null;
    } catch (error) {
      return this.#onFault(error);
    }
  }

  dismissDue(): void {
    this.#view.set({ owes: false });
  }

  dismissBackup(): void {
    this.#view.set({ owesBackup: false });
  }
}
