import { useEffect, useId as useReactId, useState } from 'react';
import type { ExtensionEvent, Reactions } from '@hubspot/ui-extensions';

export const classes = (...names: (string | false | undefined)[]) => names.filter(Boolean).join(' ');

const LONG = { 'extra-small': 'xs', small: 'sm', medium: 'md', large: 'lg', 'extra-large': 'xl', default: 'md' } as const;

/** The short name of a size: HubSpot takes `medium` and `md` alike. */
export const size = (given = 'md') => LONG[given as keyof typeof LONG] ?? given;

/** An id for `htmlFor` and `aria-describedby`, without the colons of React's. */
export const useId = () => useReactId().replaceAll(':', '-');

/** What an extension's handler gets: a plain copy of the event, because it goes to a worker. */
export const plainEvent = (type: string): ExtensionEvent => ({ type, bubbles: true, timeStamp: Date.now(), id: '' });

/** A field's value while it is edited. The extension's answer comes later, from its worker. */
export function useDraft<T>(value: T | undefined, initial: T): [T, (value: T) => void] {
  const [draft, setDraft] = useState(value ?? initial);
  const known = JSON.stringify(value);
  useEffect(() => {
    if (value !== undefined) setDraft(value);
    // Dates and lists are new objects with every update from the worker: their content counts.
  }, [known]);
  return [draft, setDraft];
}

/** The open modals and panels by their ids, and what closes each. */
export const overlays = new Map<string, () => void>();
export const closeOverlay = (id: string) => overlays.get(id)?.();

/** Overlays open by the `overlay` property alone; the two opening reactions do nothing here. */
export const reactions: Reactions = {
  openPanel: () => undefined, openModal: () => undefined, closePanel: closeOverlay, closeModal: closeOverlay,
};
