import {
  Alert,
  Button,
  Flex,
  LoadingButton,
  LoadingSpinner,
  Modal,
  ModalBody,
  ModalFooter,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  useExtensionActions,
} from '@hubspot/ui-extensions';
import { type Answer, type ApiError, call, SETTINGS } from '@invoice-sync/shared';
import { useState } from 'react';
import type { Settings } from './sections';

type Considered = Answer<'SettingsChangeAnswer'>;
const DIALOG = 'save-settings';

type Props = { changes: Partial<Settings>; onUndo: () => void; onSaved: () => void };

/** Saves what was changed, after a dialog that says what that does. */
export function SaveBar({ changes, onUndo, onSaved }: Props) {
  const actions = useExtensionActions<'settings'>();
  const [considered, setConsidered] = useState<Considered | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const unchanged = Object.keys(changes).length === 0;
  const send = (preview: boolean) => {
    setBusy(true);
    setError(null);
    return call<Considered>('/v1/settings', 'PATCH', { ...changes, preview }).catch((trouble: ApiError) => {
      setError(trouble);
      return null;
    });
  };
  const consider = () => {
    setConsidered(null);
    void send(true).then((answer) => {
      setConsidered(answer);
      setBusy(false);
    });
  };
  const save = () =>
    void send(false).then((answer) => {
      setBusy(false);
      if (!answer) return;
      actions.addAlert({ type: 'success', message: SETTINGS.saved });
      actions.closeOverlay(DIALOG);
      onSaved();
    });
  const dialog = (
    <Modal id={DIALOG} title={SETTINGS.dialog} width="md">
      <ModalBody>
        <Flex direction="column" gap="sm">
          {busy && <LoadingSpinner label={SETTINGS.checking} showLabel />}
          {error && <Alert title={error.message} variant="danger" />}
          {considered && <Changes considered={considered} />}
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton variant="primary" loading={busy} disabled={considered === null} onClick={save}>
          {SETTINGS.save}
        </LoadingButton>
        <Button onClick={() => actions.closeOverlay(DIALOG)}>{SETTINGS.cancel}</Button>
      </ModalFooter>
    </Modal>
  );
  return (
    <Flex gap="sm">
      <Button variant="primary" disabled={unchanged} overlay={dialog} onClick={consider}>
        {unchanged ? SETTINGS.nothingChanged : SETTINGS.save}
      </Button>
      <Button disabled={unchanged} onClick={onUndo}>
        {SETTINGS.undo}
      </Button>
    </Flex>
  );
}

function Changes({ considered: { changes, retries } }: { considered: Considered }) {
  return (
    <Flex direction="column" gap="sm">
      <Table density="condensed" bordered>
        <TableHead>
          <TableRow>
            {SETTINGS.columns.map((title) => (
              <TableHeader key={title}>{title}</TableHeader>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {changes.map(({ setting, label, before, after }) => (
            <TableRow key={setting}>
              <TableCell>{label}</TableCell>
              <TableCell>{before || SETTINGS.none}</TableCell>
              <TableCell>{after || SETTINGS.none}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <Text>{SETTINGS.retries(retries)}</Text>
    </Flex>
  );
}
