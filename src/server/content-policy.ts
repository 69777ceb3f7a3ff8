const BASE =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** Content-Security-Policy of every page: scripts of our own alone, and none of them may make markup of text. */
export const PAGE_POLICY = `${BASE}; trusted-types 'none'`;

/** The same for a page that verifies: its script may name the workers that do. */
export const VERIFYING_PAGE_POLICY = `${BASE}; trusted-types vouch-worker`;

/**
 * For the scripts of those workers, the only places where WebAssembly may run: they load parts of themselves and reach nothing else, not even
 * this server.
 */
export const WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
