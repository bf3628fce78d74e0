// What people do to an invoice, in HubSpot's and QuickBooks' own pages: not the product's part.
import { type FormEvent, useState } from 'react';
import type { Notice } from './extension';
import { act } from './server';

type Act = { name: string; label: string; field?: string; type?: string; placeholder?: string; hint: string };
const IN_HUBSPOT: Act[] = [
  { name: 'set-price', label: 'Edit price', field: 'Price of the first line', type: 'number', placeholder: '175.00', hint: 'in HubSpot' },
  { name: 'set-contact', label: 'Add contact', field: "The contact's email", type: 'email', placeholder: 'billing@globex.example', hint: 'in HubSpot' },
  { name: 'set-billing-start', label: 'Set billing start', field: 'Billing start of the lines', type: 'date', hint: 'in HubSpot' },
  { name: 'take-payment', label: 'Take a payment', field: 'Amount', type: 'number', placeholder: '50.00', hint: 'in HubSpot' },
];
const IN_QUICKBOOKS: Act[] = [
  { name: 'edit-in-quickbooks', label: 'Edit it in QuickBooks', field: 'New amount of the first line', type: 'number', placeholder: '99.00', hint: 'in QuickBooks' },
  { name: 'free-number', label: 'Free its number', hint: 'renumbers the other invoice that has this number' },
  { name: 'delete-in-quickbooks', label: 'Delete it', hint: 'in QuickBooks' },
];
const NOBODY: Act[] = [
  { name: 'lose-next-webhook', label: 'Next webhook is lost', hint: 'of the next change by this bar' },
  { name: 'sweep', label: 'Run the sweep now', hint: 'it runs every five minutes by itself' },
];

export const ActBar = ({ invoiceId, notify, look }: { invoiceId: string; notify(notice: Notice): void; look(): void }) => {
  const [open, setOpen] = useState<Act>();
  const [value, setValue] = useState('');
  const [busy, setBusy] = useState(false);
  const run = async (one: Act, given?: string) => {
    setBusy(true);
    try {
      const { says } = await act(one.name, { invoiceId, value: given ?? '' });
      notify({ type: 'success', message: says });
      setOpen(undefined);
    } catch (error) {
      notify({ type: 'danger', message: (error as Error).message });
    } finally {
      setBusy(false);
      look();
    }
  };
  const choose = (one: Act) => {
    if (!one.field) return void run(one);
    setValue('');
    setOpen(open === one ? undefined : one);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (open) void run(open, value);
  };
  const group = (label: string, acts: Act[]) => (
    <div role="group" aria-label={label}>
      <span className="microcopy">{label}</span>
      {acts.map((one) => (
        <button
          key={one.name} type="button" className="act" title={one.hint} disabled={busy}
          aria-expanded={one.field ? open === one : undefined} onClick={() => choose(one)}
        >
          {one.label}
        </button>
      ))}
    </div>
  );
  return (
    <section className="act-bar" aria-label="Act">
      <h2>Act <span>as people do, outside the app</span></h2>
      <div className="acts">
        {group('In HubSpot', IN_HUBSPOT)}{group('In QuickBooks', IN_QUICKBOOKS)}{group('Between them', NOBODY)}
      </div>
      {open && (
        <form onSubmit={submit}>
          <label>
            {open.field}
            <input
              autoFocus required name="value" type={open.type} step="0.01" min={open.type === 'number' ? 0 : undefined}
              placeholder={open.placeholder} value={value} onChange={(event) => setValue(event.target.value)}
            />
          </label>
          <button type="submit" className="button primary button-sm" disabled={busy}>Do it {open.hint}</button>
        </form>
      )}
    </section>
  );
};
