import { useState } from 'react';
import { Button, hubspot, Text } from '@hubspot/ui-extensions';

const Broken = () => {
  const [here, setHere] = useState<{ text: string } | undefined>({ text: 'Whole' });
  const later = () => void Promise.resolve().then(() => setHere(undefined));
  return <><Text>{here!.text}</Text><Button onClick={later}>Break</Button></>;
};
hubspot.extend<'crm.record.tab'>(() => <Broken />);
