// Moves between the pages without loading them anew.
import { useSyncExternalStore } from 'react';

const MOVED = 'moved';
const here = () => location.pathname + location.search;

export function navigate(address: string) {
  history.pushState(null, '', address);
  window.dispatchEvent(new Event(MOVED));
  window.scrollTo(0, 0);
}

export const useAddress = () =>
  useSyncExternalStore((changed) => {
    window.addEventListener('popstate', changed);
    window.addEventListener(MOVED, changed);
    return () => {
      window.removeEventListener('popstate', changed);
      window.removeEventListener(MOVED, changed);
    };
  }, here);

/** Every plain click on a link within this page moves, whoever drew the link. */
export function followLinks() {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest('a');
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (!link?.href || link.target || link.origin !== location.origin) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
