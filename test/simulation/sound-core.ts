import { loadCore } from './core-loader.js';

/** The core as it is. Like its mutants it is loaded from its sources, so that they differ in nothing but what is wrong. */
export const soundCore = loadCore();
