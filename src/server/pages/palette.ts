/** What text of the accent colour stands on: the page, its panels, and marked places, light and dark. */
export const GROUNDS = {
  light: { page: '#fbfaf7', panel: '#ffffff', mark: '#f4efe2' },
  dark: { page: '#14181c', panel: '#1b2026', mark: '#262d35' },
} as const;

/** The same as lists. */
export const LIGHT_GROUNDS: readonly string[] = Object.values(GROUNDS.light);
export const DARK_GROUNDS: readonly string[] = Object.values(GROUNDS.dark);
