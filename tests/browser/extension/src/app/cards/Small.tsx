import { hubspot, Text, useExtensionContext } from '@hubspot/ui-extensions';
import { useCrmProperties } from '@hubspot/ui-extensions/crm';

const Small = () => {
  const { crm } = useExtensionContext<'crm.record.sidebar'>();
  const { properties } = useCrmProperties(['email', 'name']);
  return <Text>Small card of {crm.objectTypeId}: {properties?.email ?? properties?.name ?? '...'}</Text>;
};
hubspot.extend<'crm.record.sidebar'>(() => <Small />);
