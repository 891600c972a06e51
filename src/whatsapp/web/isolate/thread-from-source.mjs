// Node 20 does not read TypeScript, and `--import` comes too late for a thread's first file: in development and in
// tests this file goes before it.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
