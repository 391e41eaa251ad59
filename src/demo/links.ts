import { linksOf } from '../dev/run.js';
import type { StackDescription } from '../dev/description.js';

/** Where to look while it runs. The Web UI's list leaves out those who are only watched: nothing was done to them. */
export function demoLinks(stack: StackDescription): string[] {
  // Short, and with every mark encoded: terminals end a link at a quote or a bracket, and break long ones.
  const query = encodeURIComponent('ForbearStage!="watching"').replace('!', '%21');
  const { ui, namespace } = stack.temporal;
  return [...linksOf(stack), `  all cases        ${ui}/namespaces/${namespace}/workflows?query=${query}`];
}
