// The page that is HubSpot to an extension. Its server plays the account: serve.py.
import { useCallback, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Extension, type Notice } from './extension';
import { followLinks, useAddress } from './navigation';
import { Invoices, QuickBooksPage, RecordPage, type Viewer } from './records';
import { get, type Portal } from './server';

const AppPage = ({ type, page, ...viewer }: Viewer & { type: 'page' | 'settings'; page?: URL }) => {
  const point = viewer.portal.extensions.find((one) => one.type === type);
  const path = page?.pathname.replace(/^\/app/, '') || '/';
  const params = Object.fromEntries(page?.searchParams ?? []);
  return (
    <main className="app">
      {type === 'settings' && <h1>Connected apps: Invoice sync</h1>}
      <section className="card">
        {point ? <Extension point={point} page={{ path, params }} {...viewer} /> : <p>The app has no {type === 'page' ? 'page' : 'settings'} yet.</p>}
      </section>
    </main>
  );
};

const Page = (viewer: Viewer) => {
  const address = new URL(useAddress(), location.origin);
  const [, first, second, third] = address.pathname.split('/');
  switch (first) {
    case '': return <Invoices />;
    case 'app': return <AppPage type="page" page={address} {...viewer} />;
    case 'settings': return <AppPage type="settings" {...viewer} />;
    case 'invoice': case 'contact': case 'company': case 'deal':
      if (second) return <RecordPage key={address.pathname} type={first} id={second} {...viewer} />;
      break;
    case 'quickbooks':
      if (second && third) return <QuickBooksPage kind={second} id={third} />;
  }
  return <main className="wide"><h1>There is no such page</h1><p><a className="link" href="/">All invoices</a></p></main>;
};

const REMEMBERED = 'user';

const Host = ({ portal }: { portal: Portal }) => {
  const address = useAddress();
  const [userId, setUserId] = useState(Number(sessionStorage.getItem(REMEMBERED)));
  const [notices, setNotices] = useState<(Notice & { id: number })[]>([]);
  const user = portal.users.find((one) => one.id === userId) ?? portal.users[0]!;
  const notify = useCallback((notice: Notice) => {
    const id = Date.now() + Math.random();
    setNotices((all) => [...all, { ...notice, id }]);
    setTimeout(() => setNotices((all) => all.filter((one) => one.id !== id)), 7000);
  }, []);
  const link = (to: string, name: string) => {
    const current = to === '/' ? address === '/' : address.startsWith(to);
    return <a href={to} aria-current={current ? 'page' : undefined}>{name}</a>;
  };
  const change = (id: string) => {
    sessionStorage.setItem(REMEMBERED, id);
    setUserId(Number(id));
  };
  return (
    <>
      <header className="bar">
        <span className="played">HubSpot <small>played by the local system</small></span>
        <nav aria-label="HubSpot">{link('/', 'Invoices')}{link('/app', 'Invoice sync')}{link('/settings', 'Settings')}</nav>
        <label className="who">
          You are
          <select value={user.id} onChange={(event) => change(event.target.value)}>
            {portal.users.map((one) => (
              <option key={one.id} value={one.id}>{one.firstName} {one.lastName} ({one.mayAct ? 'may act' : 'may only look'})</option>
            ))}
          </select>
        </label>
      </header>
      <div className="notices" aria-live="polite">
        {notices.map((one) => (
          <div key={one.id} className={`alert ${one.type ?? 'info'}`} role="status">
            {one.title && <strong>{one.title}</strong>}<div>{one.message}</div>
            <button type="button" aria-label="Dismiss" onClick={() => setNotices((all) => all.filter((other) => other.id !== one.id))}>×</button>
          </div>
        ))}
      </div>
      <Page portal={portal} user={user} notify={notify} />
    </>
  );
};

const Start = () => {
  const [portal, setPortal] = useState<Portal>();
  const [problem, setProblem] = useState('');
  useEffect(() => void get<Portal>('portal').then(setPortal, (error: Error) => setProblem(error.message)), []);
  if (portal) return <Host portal={portal} />;
  return <main className="wide">{problem ? <p role="alert">{problem}</p> : <p role="status">Loading</p>}</main>;
};

followLinks();
createRoot(document.getElementById('root')!).render(<Start />);
