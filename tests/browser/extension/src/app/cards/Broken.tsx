import { hubspot, Text } from '@hubspot/ui-extensions';

const Broken = () => {
  const nothing: { here?: { text: string } } = {};
  return <Text>{nothing.here!.text}</Text>;
};
hubspot.extend<'crm.record.tab'>(() => <Broken />);
