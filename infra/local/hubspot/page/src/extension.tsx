// One extension: its bundle runs in a web worker, and what it renders is drawn here.
import { Component, type ReactNode, useEffect, useRef, useState } from 'react';
import { createRemoteReceiver, RemoteRenderer } from '@remote-ui/react/host';
import { createEndpoint, fromWebWorker, retain } from '@remote-ui/rpc';
import { controller } from './components';
import { appAddress } from './components/app-pages';
import { localAddress } from './components/clickable';
import { closeOverlay } from './components/shared';
import { navigate } from './navigation';
import type { Actions, HostApi, Location, Properties, WorkerApi } from './protocol';
import { type ExtensionPoint, get, type Portal, post, type User } from './server';

export type Notice = { type?: string; title?: string; message: string };
export type Shown = {
  point: ExtensionPoint;
  portal: Portal;
  user: User;
  notify(notice: Notice): void;
  crm?: { objectId: number; objectTypeId: string };
  /** The record's properties, and how to look at them again. */
  properties?: Properties;
  look?(): void;
  page?: Location;
};
type Running = { receiver: ReturnType<typeof createRemoteReceiver>; goTo(location: Location): void };
const START: Location = { path: '/', params: {} };

const picked = (properties: Properties, names: string[] | '*') =>
  names === '*' ? properties : Object.fromEntries(names.filter((name) => name in properties).map((name) => [name, properties[name]!]));

function contextOf({ point, portal, user, crm }: Shown) {
  const { id, email, firstName, lastName, mayAct } = user;
  return {
    location: point.location ?? ({ settings: 'settings' }[point.type] ?? 'pages'),
    portal: { id: portal.id, timezone: portal.timeZone },
    user: {
      id, email, emails: [email], firstName, lastName, roles: [], teams: [], locale: 'en', language: 'en',
      permissions: mayAct ? ['integrations-management-write'] : [],
    },
    extension: { appId: 9001, appName: 'Invoice sync', cardTitle: point.name },
    ...(crm && { crm }),
  };
}

export const Extension = (props: Shown) => {
  const { point, user, crm, page = START, properties } = props;
  const [running, setRunning] = useState<Running>();
  const [problem, setProblem] = useState('');
  const now = useRef(props);
  now.current = props;
  const watchers = useRef<((properties: Properties) => void)[]>([]);

  useEffect(() => {
    setProblem('');
    watchers.current = [];
    const actions: Actions = {
      addAlert: (notice) => now.current.notify(notice),
      closeOverlay,
      reloadPage: () => location.reload(),
      copyTextToClipboard: (text) => navigator.clipboard.writeText(text),
      navigateToPage: ({ to, params }) => navigate(appAddress(to, params)),
      openIframeModal: ({ uri }) => void window.open(localAddress(uri), '_blank', 'noreferrer'),
      refreshObjectProperties: () => now.current.look?.(),
      fetchCrmObjectProperties: async (names) => picked(now.current.properties ?? {}, names),
      onCrmPropertiesUpdate: (names, changed) => {
        retain(changed);
        watchers.current.push((all) => changed(picked(all, names)));
      },
    };
    const api: HostApi = {
      context: contextOf(now.current),
      actions,
      async fetch(url, options) {
        const answer = await post('/fetch', { ...options, url, userId: user.id });
        return { status: answer.status, text: await answer.text() };
      },
      async associations({ toObjectType, properties = [], pageLength = 10, offset = 0 }) {
        if (!crm) throw new Error('only a card on a record has associations');
        const query = new URLSearchParams({ properties: properties.join(), pageLength: String(pageLength), offset: String(offset) });
        return get(`associations/${crm.objectTypeId}/${crm.objectId}/${toObjectType}?${query}`);
      },
      stopped: setProblem,
    };
    const worker = new Worker('/assets/worker.js');
    worker.onerror = (event) => setProblem(event.message);
    const endpoint = createEndpoint<WorkerApi>(fromWebWorker(worker));
    const receiver = createRemoteReceiver();
    endpoint.call.run(`/bundles/${point.bundle}`, receiver.receive, api, now.current.page ?? START)
      .catch((error: Error) => setProblem(error.message));
    setRunning({ receiver, goTo: (location) => void endpoint.call.goTo(location) });
    return () => {
      setRunning(undefined);
      endpoint.terminate();
      worker.terminate();
    };
  }, [point.bundle, user.id, crm?.objectId]);

  useEffect(() => running?.goTo(page), [page.path, JSON.stringify(page.params)]);
  const known = JSON.stringify(properties);
  useEffect(() => watchers.current.forEach((tell) => tell(properties ?? {})), [known]);

  return (
    <div className="extension" data-extension={point.uid}>
      {problem && <div className="unknown-component" role="alert">The extension {point.name ?? point.uid} stopped: {problem}</div>}
      {running && <Guard key={point.bundle}><RemoteRenderer receiver={running.receiver} controller={controller} /></Guard>}
    </div>
  );
};

/** Keeps a mistake of this page in drawing one extension from taking down the rest. */
class Guard extends Component<{ children: ReactNode }, { error?: Error }> {
  state: { error?: Error } = {};
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  render() {
    const { error } = this.state;
    return error ? <div className="unknown-component" role="alert">This page cannot draw the extension: {error.message}</div> : this.props.children;
  }
}
