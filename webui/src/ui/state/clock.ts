/** The device's clock; the only place where the page reads it. What the five-minute rule decides goes by `Vault.now()`. */
export function deviceNow(): number {
  return Date.now();
}
