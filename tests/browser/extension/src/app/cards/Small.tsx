import { hubspot, Tag, Text, Tooltip, useExtensionContext } from '@hubspot/ui-extensions';
import { useAssociations, useCrmProperties } from '@hubspot/ui-extensions/crm';

const Small = () => {
  const { crm } = useExtensionContext<'crm.record.sidebar'>();
  const { properties } = useCrmProperties(['email', 'name']);
  const { results } = useAssociations({ toObjectType: '0-53', properties: ['hs_number'], pageLength: 5 });
  const numbers = results.map((one) => one.properties.hs_number).join(' ');
  return (
    <>
      <Tag overlay={<Tooltip placement="bottom">{numbers || 'none'}</Tooltip>}>Invoices</Tag>
      <Text>Small card of {crm.objectTypeId}: {properties?.email ?? properties?.name ?? '...'}</Text>
    </>
  );
};
hubspot.extend<'crm.record.sidebar'>(() => <Small />);
