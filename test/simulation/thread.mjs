// From a checkout the sources run as they are, through tsx, which a thread does not inherit.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
