import {
  Alert,
  Button,
  Checkbox,
  Flex,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  Text,
  useExtensionActions,
} from '@hubspot/ui-extensions';
import { type Answer, type ApiError, call, PAGES, withQuery } from '@invoice-sync/shared';
import { useState } from 'react';

const words = PAGES.disconnect;
const DIALOG = 'disconnect';

type Props = { disabled: boolean; onEnded: () => void };

/** Ends the connection, after a dialog that says what that means. */
export function Disconnect({ disabled, onEnded }: Props) {
  const actions = useExtensionActions<'pages'>();
  const [deleteData, setDeleteData] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const disconnect = () => {
    setBusy(true);
    setError(null);
    const path = withQuery('/v1/connection', { deleteData: deleteData || undefined });
    void call<Answer<'DisconnectAnswer'>>(path, 'DELETE')
      .then(({ accessEnded }) => {
        actions.addAlert(
          accessEnded ? { type: 'success', message: words.done } : { type: 'warning', message: words.notConfirmed },
        );
        actions.closeOverlay(DIALOG);
        onEnded();
      }, setError)
      .then(() => setBusy(false));
  };
  const dialog = (
    <Modal id={DIALOG} title={words.title} width="md">
      <ModalBody>
        <Flex direction="column" gap="md">
          <Text>{words.about}</Text>
          <Checkbox name="deleteData" checked={deleteData} onChange={setDeleteData} description={words.deleteDataMore}>
            {words.deleteData}
          </Checkbox>
          {error && <Alert title={error.message} variant="danger" />}
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton variant="destructive" loading={busy} onClick={disconnect}>
          {words.confirm}
        </LoadingButton>
        <Button onClick={() => actions.closeOverlay(DIALOG)}>{words.cancel}</Button>
      </ModalFooter>
    </Modal>
  );
  return (
    <Button variant="destructive" size="sm" disabled={disabled} overlay={dialog} onClick={() => setDeleteData(false)}>
      {words.button}
    </Button>
  );
}
