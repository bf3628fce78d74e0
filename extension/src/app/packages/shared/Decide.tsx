import {
  Alert,
  Button,
  Flex,
  LoadingButton,
  LoadingSpinner,
  Modal,
  ModalBody,
  ModalFooter,
  SearchInput,
  Text,
  ToggleGroup,
  useExtensionActions,
} from '@hubspot/ui-extensions';
import { useState } from 'react';
import { type Answer, type ApiError, call, withQuery } from './api';
import { Differences } from './FailureView';
import { WORDS } from './words';

type Resolution = Answer<'OfferedResolution'>;
type Considered = Answer<'ResolutionAnswer'>;
type Candidate = Answer<'RankedCandidate'>;
const words = WORDS.decide;
// Somebody else has decided, or the invoice has changed: what is shown here is no longer so.
const OUTDATED = ['not_offered', 'changed_meanwhile'];

type Props = {
  invoiceId: string;
  resolution: Resolution;
  disabled?: boolean;
  onDecided: () => void;
};

/** A decision: a button whose dialog says what it would do, asks for what it needs, and does it. */
export function Decide({ invoiceId, resolution, disabled, onDecided }: Props) {
  const id = `decide-${invoiceId}-${resolution.name}`;
  const actions = useExtensionActions<'crm.record.tab' | 'pages'>();
  const [considered, setConsidered] = useState<Considered | null>(null);
  const [candidates, setCandidates] = useState<Candidate[]>([]);
  const [chosen, setChosen] = useState('');
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  const resolve = (choice: string, preview: boolean) => {
    const choices = resolution.argument && choice ? { [resolution.argument]: choice } : {};
    const body = { resolution: resolution.name, ...choices, preview };
    return call<Considered>(`/v1/invoices/${invoiceId}/resolve`, 'POST', body);
  };
  const settle = (work: Promise<void>) => {
    setBusy(true);
    setError(null);
    void work.catch((trouble: ApiError) => setError(trouble)).then(() => setBusy(false));
  };
  const consider = (choice: string) => {
    setChosen(choice);
    setConsidered(null);
    settle(
      resolve(choice, true).then((answer) => {
        setConsidered(answer);
        if (!choice) setCandidates(answer.candidates);
      }),
    );
  };
  const close = (type: 'success' | 'warning', message: string) => {
    actions.addAlert({ type, message });
    actions.closeOverlay(id);
    onDecided();
  };
  const decide = () =>
    settle(
      resolve(chosen, false).then(
        () => close('success', words.done),
        (trouble: ApiError) => {
          if (!OUTDATED.includes(trouble.code)) throw trouble;
          close('warning', trouble.message);
        },
      ),
    );
  const ready = considered !== null && (!resolution.argument || chosen !== '');

  const overlay = (
    <Modal id={id} title={resolution.label} width="md">
      <ModalBody>
        <Flex direction="column" gap="md">
          {considered?.says !== resolution.sentence && <Text>{resolution.sentence}</Text>}
          {resolution.argument && (
            <Choice argument={resolution.argument} {...{ candidates, setCandidates, chosen, setError }} onChoose={consider} />
          )}
          {busy && <LoadingSpinner label={words.asking} showLabel />}
          {error && <Alert title={error.message} variant="danger" />}
          {ready && <Consequences considered={considered} />}
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton variant="primary" loading={busy} disabled={!ready} onClick={decide}>
          {words.confirm}
        </LoadingButton>
        <Button onClick={() => actions.closeOverlay(id)}>{words.cancel}</Button>
      </ModalFooter>
    </Modal>
  );
  return (
    <Button size="sm" disabled={disabled} overlay={overlay} onClick={() => consider('')}>
      {resolution.label}
    </Button>
  );
}

type ChoiceProps = {
  argument: 'customerId' | 'itemId';
  candidates: Candidate[];
  setCandidates: (candidates: Candidate[]) => void;
  chosen: string;
  setError: (error: ApiError) => void;
  onChoose: (id: string) => void;
};

/** The customers or items that may be meant: those that resemble, or those found by name. */
function Choice({ argument, candidates, setCandidates, chosen, setError, onChoose }: ChoiceProps) {
  const [name, setName] = useState('');
  const [searched, setSearched] = useState(false);
  const [busy, setBusy] = useState(false);
  const kind = argument === 'customerId' ? 'customers' : 'items';
  const search = () => {
    setBusy(true);
    void call<Answer<'CandidatesAnswer'>>(withQuery(`/v1/quickbooks/${kind}`, { search: name.trim() }))
      .then((answer) => setCandidates(answer.candidates), setError)
      .then(() => {
        setSearched(true);
        setBusy(false);
      });
  };
  const options = candidates.map(({ id, name: label, about, reasons }) => ({
    value: id,
    label,
    description: [about, ...reasons].filter(Boolean).join(' · '),
  }));
  return (
    <Flex direction="column" gap="sm">
      {options.length > 0 ? (
        <ToggleGroup
          toggleType="radioButtonList"
          name={`choose-${argument}`}
          label={words[kind]}
          options={options}
          value={chosen}
          onChange={onChoose}
        />
      ) : (
        <Text>{searched ? words.nothingFound[kind] : words.noCandidates[kind]}</Text>
      )}
      <Flex gap="sm" align="end">
        <SearchInput name="search" label={words.search} value={name} onInput={setName} />
        <LoadingButton loading={busy} disabled={name.trim().length < 2} onClick={search}>
          {words.searchButton}
        </LoadingButton>
      </Flex>
    </Flex>
  );
}

function Consequences({ considered }: { considered: Considered }) {
  const failures = considered.preview?.failures ?? [];
  const affects = words.affects(considered.affects);
  return (
    <Flex direction="column" gap="sm">
      <Text format={{ fontWeight: 'demibold' }}>{considered.says}</Text>
      {considered.preview && failures.length === 0 && <Text>{WORDS.outcome[considered.preview.outcome]}</Text>}
      <Differences differences={considered.preview?.differences ?? []} />
      {affects && <Text>{affects}</Text>}
      {failures.map((failure) => (
        <Alert key={failure.code} title={`${words.stillFails}: ${failure.title}`} variant="warning">
          {failure.explanation}
        </Alert>
      ))}
    </Flex>
  );
}
