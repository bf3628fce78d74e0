// HubSpot's own pages: the list of invoices, and one record with its cards.
import { ActBar } from './acts';
import { localAddress } from './components/clickable';
import { Extension, type Notice } from './extension';
import { type CrmRecord, type InvoiceRow, type Portal, type QuickBooksDocument, type User, useData } from './server';

export type Viewer = { portal: Portal; user: User; notify(notice: Notice): void };

const SYNC_TAGS: Record<string, string> = { synced: 'success', failing: 'danger', pending: 'warning', skipped: 'default' };
const words = (text: string) => text.replaceAll('_', ' ');

export const SyncStatus = ({ value }: { value?: string }) =>
  value ? <span className={`status-tag ${SYNC_TAGS[value] ?? 'info'}`}>{words(value)}</span> : <span className="microcopy">not set</span>;

const Money = ({ amount, currency }: { amount?: string; currency?: string }) => {
  if (!amount) return <>--</>;
  try {
    return <>{new Intl.NumberFormat('en-US', { style: 'currency', currency: currency ?? 'USD' }).format(Number(amount))}</>;
  } catch {
    return <>{amount} {currency}</>;
  }
};

export const Invoices = () => {
  const { data, error } = useData<InvoiceRow[]>('invoices');
  const failing = data?.filter((row) => row.syncStatus === 'failing').length ?? 0;
  return (
    <main className="wide">
      <header className="page-header">
        <h1>Invoices <span className="count">{data ? `${data.length} records` : ''}</span></h1>
        {failing > 0 && <span className="status-tag danger">{failing} failing to sync</span>}
      </header>
      {error && <p role="alert">{error}</p>}
      <div className="table-box">
        <table className="table bordered">
          <thead>
            <tr>
              <th scope="col">Number</th><th scope="col">Customer</th><th scope="col" className="align-right">Amount billed</th>
              <th scope="col">Status</th><th scope="col">QuickBooks sync status</th><th scope="col">In QuickBooks</th>
            </tr>
          </thead>
          <tbody>
            {data?.map((row) => (
              <tr key={row.id}>
                <td><a className="link strong" href={`/invoice/${row.id}`}>{row.number || `Draft ${row.id}`}</a></td>
                <td>{row.customer || '--'}</td>
                <td className="align-right"><Money amount={row.amount} currency={row.currency} /></td>
                <td>{words(row.status)}</td>
                <td><SyncStatus value={row.syncStatus} /></td>
                <td>{row.link ? <a className="link" href={localAddress(row.link)}>Open</a> : '--'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </main>
  );
};

const LABELS: Record<string, string> = {
  hs_invoice_status: 'Invoice status', hs_amount_billed: 'Amount billed', hs_balance_due: 'Balance due', hs_currency: 'Currency',
  hs_invoice_date: 'Invoice date', hs_due_date: 'Due date', email: 'Email', firstname: 'First name', lastname: 'Last name',
  name: 'Name', dealname: 'Deal name', amount: 'Amount', dealstage: 'Deal stage',
  qbo_sync_status: 'QuickBooks sync status', qbo_failure: 'QuickBooks failure', qbo_failure_code: 'QuickBooks failure code',
  qbo_invoice_number: 'QuickBooks invoice number', qbo_invoice_link: 'QuickBooks invoice link',
  qbo_payment_status: 'QuickBooks payment status', qbo_balance: 'QuickBooks balance', qbo_last_synced: 'QuickBooks last synced',
};
const MONEY = new Set(['hs_amount_billed', 'hs_balance_due', 'qbo_balance']);
const STATUSES = new Set(['hs_invoice_status', 'qbo_payment_status', 'dealstage']);
const PLURALS: Record<string, string> = { invoice: 'invoices', contact: 'contacts', company: 'companies', deal: 'deals' };

type ValueProps = { name: string; value: string; currency?: string; timeZone: string };
const Value = ({ name, value, currency, timeZone }: ValueProps) => {
  if (name === 'qbo_sync_status') return <SyncStatus value={value} />;
  if (MONEY.has(name)) return <Money amount={value} currency={currency} />;
  if (value.startsWith('https://')) return <a className="link" href={localAddress(value)}>{value}</a>;
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return <time dateTime={value}>{new Date(value).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short', timeZone })}</time>;
  return <>{STATUSES.has(name) ? words(value) : value}</>;
};
type PropertiesProps = { title: string; record: CrmRecord; names: string[]; timeZone: string };
const Properties = ({ title, record, names, timeZone }: PropertiesProps) => (
  <section className="card">
    <h2>{title}</h2>
    <dl className="properties">
      {names.map((name) => (
        <div key={name}>
          <dt>{LABELS[name]}</dt>
          <dd>{record.properties[name] ? <Value name={name} value={record.properties[name]} currency={record.properties.hs_currency} timeZone={timeZone} /> : '--'}</dd>
        </div>
      ))}
    </dl>
  </section>
);

export const RecordPage = ({ type, id, ...viewer }: Viewer & { type: string; id: string }) => {
  const { data: record, error, look } = useData<CrmRecord>(`records/${type}/${id}`);
  if (!record) return <main className="wide">{error ? <p role="alert">{error}</p> : <p role="status">Loading the record</p>}</main>;
  const takes = (objectType: string) => [type, PLURALS[type]].includes(objectType.toLowerCase());
  const cards = viewer.portal.extensions.filter((point) => point.type === 'card' && point.objectTypes?.some(takes));
  const crm = { objectId: Number(record.id), objectTypeId: record.typeId };
  const card = (point: (typeof cards)[number]) => (
    <section className="card app-card" key={point.uid}>
      <h2>{point.name}</h2>
      <Extension point={point} crm={crm} properties={record.properties} look={look} {...viewer} />
    </section>
  );
  const names = Object.keys(LABELS).filter((name) => name in record.properties || name === 'qbo_sync_status');
  const neighbours = Object.groupBy(record.neighbours, (one) => one.type) as Record<string, CrmRecord['neighbours']>;
  return (
    <>
      {type === 'invoice' && <ActBar invoiceId={id} notify={viewer.notify} look={look} />}
      <main className="record">
        <aside aria-label="About this record">
          <section className="card highlight">
            <span className="microcopy">{type}</span>
            <h1>{record.name}</h1>
          </section>
          <Properties timeZone={viewer.portal.timeZone} title={`About this ${type}`} record={record} names={names.filter((name) => !name.startsWith('qbo_'))} />
          {type === 'invoice' && <Properties timeZone={viewer.portal.timeZone} title="QuickBooks sync" record={record} names={names.filter((name) => name.startsWith('qbo_'))} />}
        </aside>
        <div className="middle">
          {cards.filter((point) => point.location !== 'crm.record.sidebar' && point.location !== 'crm.preview').map(card)}
          {!cards.length && <section className="card"><h2>Cards</h2><p>No app has a card for a record of this kind.</p></section>}
        </div>
        <aside aria-label="Associations">
          {cards.filter((point) => point.location === 'crm.record.sidebar').map(card)}
          {Object.entries(record.parts).map(([kind, parts]) => (
            <section className="card" key={kind}>
              <h2>{kind} ({parts.length})</h2>
              <table className="parts">
                <tbody>
                  {parts.map(({ name, amount }, index) => (
                    <tr key={index}><td>{name}</td><td className="align-right"><Money amount={amount} currency={record.properties.hs_currency} /></td></tr>
                  ))}
                </tbody>
              </table>
            </section>
          ))}
          {Object.entries(neighbours).map(([kind, ones]) => (
            <section className="card" key={kind}>
              <h2>{PLURALS[kind]} ({ones.length})</h2>
              <ul className="neighbours">{ones.map((one) => <li key={one.id}><a className="link" href={`/${one.type}/${one.id}`}>{one.name}</a></li>)}</ul>
            </section>
          ))}
        </aside>
      </main>
    </>
  );
};

export const QuickBooksPage = ({ kind, id }: { kind: string; id: string }) => {
  const { data, error } = useData<QuickBooksDocument>(`quickbooks/${kind}/${id}`);
  return (
    <main className="quickbooks">
      <section className="card">
        <span className="microcopy">In QuickBooks (the simulator)</span>
        {error && !data && <p role="alert">{error}</p>}
        {data && (
          <>
            <h1>{data.title}</h1>
            <dl className="properties">{data.facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value || '--'}</dd></div>)}</dl>
            <table className="table bordered">
              <tbody>{data.lines.map(([name, amount], index) => <tr key={index}><td>{name}</td><td className="align-right">{amount}</td></tr>)}</tbody>
            </table>
          </>
        )}
        <p><button type="button" className="bare link" onClick={() => history.back()}>Back</button></p>
      </section>
    </main>
  );
};
