import { Flex, Tab, Tabs } from '@hubspot/ui-extensions';
import { type Answer, PAGES, useAnswer } from '@invoice-sync/shared';
import { useState } from 'react';
import { Causes } from './Causes';
import { Detail, type Subject } from './Detail';
import { FailingList } from './FailingList';
import { RetryMany } from './RetryMany';

const words = PAGES.failing;

/** The page of failing invoices: what the panel shows, at an address of its own. */
export function Failing() {
  return <FailingBody />;
}

/** Failing invoices by cause and as a list; a click on one shows why, and what can be done. */
export function FailingBody() {
  const [subject, setSubject] = useState<Subject | null>(null);
  // Somebody has decided: what that heals leaves the lists within seconds.
  const [acted, setActed] = useState(false);
  const [tab, setTab] = useState('causes');
  const connection = useAnswer<Answer<'ConnectionAnswer'>>('/v1/connection');
  const mayAct = connection.value?.you.mayAct ?? false;
  if (subject) {
    const back = () => setSubject(null);
    const decided = () => {
      setActed(true);
      back();
    };
    return <Detail subject={subject} mayAct={mayAct} onBack={back} onDecided={decided} />;
  }
  return (
    <Flex direction="column" gap="md">
      <RetryMany label={words.retryAll} disabled={!mayAct} />
      <Tabs selected={tab} onSelectedChange={(selected: string | number) => setTab(String(selected))}>
        <Tab tabId="causes" title={words.byCause}>
          {tab === 'causes' && <Causes acted={acted} onShow={setSubject} onShowAll={() => setTab('all')} />}
        </Tab>
        <Tab tabId="all" title={words.all}>
          {tab === 'all' && <FailingList mayAct={mayAct} acted={acted} onShow={setSubject} />}
        </Tab>
      </Tabs>
    </Flex>
  );
}
