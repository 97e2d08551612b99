/** What the build makes of main.ts: one classic script for a browser (scripts/build.mjs). */
export const EXPLAIN_SCRIPT: string;
