import { useExtensionContext } from '@hubspot/ui-extensions';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, call } from './api';

/** What was asked for. While `error` is set, `value` is what came before it, if anything did. */
export type Loaded<T> = {
  value: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => Promise<void>;
};

/** Ask for a path when it is shown first or changes. A null path is not asked for. */
export function useAnswer<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState<{ path: string | null; value: T | null; error: ApiError | null }>({
    path: null,
    value: null,
    error: null,
  });
  const latest = useRef(path);
  useEffect(() => {
    latest.current = path;
  }, [path]);
  const reload = useCallback(async () => {
    if (path === null) return;
    // An answer that comes after another path was asked for is not the one to show.
    const current = () => latest.current === path;
    await call<T>(path).then(
      (value) => current() && setState({ path, value, error: null }),
      (error: ApiError) =>
        current() && setState((before) => ({ path, value: before.path === path ? before.value : null, error })),
    );
  }, [path]);
  useEffect(() => {
    void reload();
  }, [reload]);
  const mine = state.path === path;
  return {
    value: mine ? state.value : null,
    error: mine ? state.error : null,
    loading: path !== null && !mine,
    reload,
  };
}

const POLL_MS = 2000;
const POLLS = 30;

/** Ask again every two seconds while something moves, for a minute at most; `restart` begins a new minute. */
export function usePolling(moving: boolean, reload: () => Promise<void>): { ended: boolean; restart: () => void } {
  const [polls, setPolls] = useState(0);
  const ended = polls >= POLLS;
  useEffect(() => {
    if (!moving || ended) return undefined;
    const timer = setTimeout(() => void reload().then(() => setPolls((before) => before + 1)), POLL_MS);
    return () => clearTimeout(timer);
  }, [moving, ended, polls, reload]);
  return { ended: moving && ended, restart: useCallback(() => setPolls(0), []) };
}

/** The locale of the user and the time zone of the portal, for `format`. */
export function usePlace(): { locale?: string; timeZone: string } {
  const { user, portal } = useExtensionContext();
  return { locale: user.locale, timeZone: portal.timezone };
}
