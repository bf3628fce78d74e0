// The page's server: infra/local/hubspot/page/serve.py.
import { useCallback, useEffect, useState } from 'react';

export type User = { id: number; email: string; firstName: string; lastName: string; mayAct: boolean };
export type ExtensionPoint = {
  uid: string; type: string; bundle: string; name?: string; location?: string; objectTypes?: string[];
};
export type Portal = { id: number; timeZone: string; users: User[]; extensions: ExtensionPoint[] };
export type InvoiceRow = {
  id: string; number: string; customer: string; amount: string; currency: string; status: string; syncStatus: string; link: string;
};
export type Neighbour = { id: string; type: string; name: string };
export type Part = { name: string; amount: string };
export type CrmRecord = {
  id: string; typeId: string; name: string; properties: Record<string, string>; neighbours: Neighbour[]; parts: Record<string, Part[]>;
};
export type QuickBooksDocument = { title: string; facts: [string, string][]; lines: [string, string][] };

async function answer<T>(response: Response): Promise<T> {
  const body = (await response.json()) as T & { message?: string };
  if (!response.ok) throw new Error(body.message ?? `The page's server answered ${response.status}`);
  return body;
}
export const get = async <T>(path: string) => answer<T>(await fetch(`/data/${path}`));
export const post = (path: string, body: object) =>
  fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
export const act = async (name: string, body: object) => answer<{ says: string }>(await post(`/acts/${name}`, body));

const LOOKS_AGAIN_AFTER = 2500;

/** Return what the server has, looked at every few seconds and on demand; or why it cannot be shown. */
export function useData<T>(path: string) {
  const [shown, setShown] = useState<{ data?: T; error?: string }>({});
  const look = useCallback(
    () => get<T>(path).then((data) => setShown({ data }), (error: Error) => setShown((was) => ({ ...was, error: error.message }))),
    [path],
  );
  useEffect(() => {
    setShown({});
    void look();
    const timer = setInterval(() => document.hidden || void look(), LOOKS_AGAIN_AFTER);
    return () => clearInterval(timer);
  }, [look]);
  return { ...shown, look };
}
