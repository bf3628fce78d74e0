"""The properties that QuickBooks knows: their kinds, and the length of a text.

Names and kinds follow Intuit's published V3 schemas, lengths its API reference. The real service
refuses a property that it does not know, at any depth; so does `normalise`.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from .faults import RefusalError, missing, too_long

Doc = dict[str, Any]


class Field(NamedTuple):
    kind: str
    many: bool


def _fields(text: str) -> dict[str, Field]:
    """Read 'Name:kind Name:kind[]'; a name alone is a text."""
    fields = {}
    for word in text.split():
        name, _, kind = word.partition(":")
        fields[name] = Field(kind.removesuffix("[]") or "text", kind.endswith("[]"))
    return fields


_ENTITY = """
    Id:id SyncToken:token MetaData:ModificationMetaData CustomField:CustomField[]
    AttachableRef:any[] domain sparse:bool
    status:Deleted|Draft|InTransit|Pending|SyncError|Synchronized|Voided
"""
_TRANSACTION = (
    _ENTITY
    + """
    DocNumber TxnDate:date TxnSubType DepartmentRef:Ref CurrencyRef:Ref ExchangeRate:decimal
    PrivateNote TxnStatus LinkedTxn:LinkedTxn[] Line:Line[] TxnTaxDetail:TxnTaxDetail TxnSource
    TaxFormType TaxFormNum TransactionLocationType Tag:any[] TxnApprovalInfo:any RecurDataRef:Ref
    RecurringInfo:any ProjectRef:Ref TotalCostAmount:decimal HomeTotalCostAmount:decimal
"""
)
_NAME = (
    _ENTITY
    + """
    IntuitId Organization:bool Title GivenName MiddleName FamilyName Suffix FullyQualifiedName
    CompanyName DisplayName PrintOnCheckName UserId Active:bool V4IDPseudonym
    PrimaryPhone:Phone AlternatePhone:Phone Mobile:Phone Fax:Phone PrimaryEmailAddr:Email
    WebAddr:Web OtherContactInfo:any[] DefaultTaxCodeRef:Ref Notes
"""
)
TYPES: dict[str, dict[str, Field]] = {
    "Invoice": _fields(
        _TRANSACTION
        + """
        AutoDocNumber:bool CustomerRef:Ref CustomerMemo:Memo BillAddr:Address ShipAddr:Address
        FreeFormAddress:bool ShipFromAddr:Address RemitToRef:Ref ClassRef:Ref SalesTermRef:Ref
        DueDate:date SalesRepRef:Ref PONumber FOB ShipMethodRef:Ref ShipDate:date TrackingNum
        GlobalTaxCalculation:TaxExcluded|TaxInclusive|NotApplicable TotalAmt:decimal
        HomeTotalAmt:decimal ApplyTaxAfterDiscount:bool ShippingTaxIncludedInTotalTax:bool
        TemplateRef:Ref PrintStatus:NotSet|NeedToPrint|PrintComplete
        EmailStatus:NotSet|NeedToSend|EmailSent BillEmail:Email BillEmailCc:Email
        BillEmailBcc:Email ARAccountRef:Ref Balance:decimal HomeBalance:decimal FinanceCharge:bool
        PaymentMethodRef:Ref PaymentRefNum PaymentType CheckPayment:any CreditCardPayment:any
        DepositToAccountRef:Ref DeliveryInfo:any DiscountRate:decimal DiscountAmt:decimal
        GovtTxnRefIdentifier TaxExemptionRef:Ref Deposit:decimal AllowIPNPayment:bool
        AllowOnlinePayment:bool AllowOnlineCreditCardPayment:bool AllowOnlineACHPayment:bool
        AllowOnlinePayPalPayment:bool AllowOnlineAffirmPayment:bool EInvoiceStatus
        ECloudStatusTimeStamp CfdiUse:int Exportation GlobalInfo:any invoiceStatus callToAction
        invoiceStatusLog:any[] InvoiceEx:any LessCIS:decimal InvoiceLink PaymentDetailsMessage
        ConvenienceFeeDetail:any EnabledSurchargeInfo:any InvoiceLinkSecurityCode
        InvoiceLinkExpiryDate:date AutoPayEligible:bool SchedulePayEligible:bool
        ScheduledPaymentId GratuityEnabled:bool FinancingProductType SubscriptionPaymentsSetting
        TxnRetainageDetail:any
        """
    ),
    "Payment": _fields(
        _TRANSACTION
        + """
        CustomerRef:Ref RemitToRef:Ref ARAccountRef:Ref DepositToAccountRef:Ref
        PaymentMethodRef:Ref PaymentRefNum PaymentType CheckPayment:any CreditCardPayment:any
        TotalAmt:decimal UnappliedAmt:decimal ProcessPayment:bool PaymentExtendedType PaymentEx:any
        """
    ),
    "Customer": _fields(
        _NAME
        + """
        Taxable:bool BillAddr:Address ShipAddr:Address OtherAddr:Address[] ContactName
        AltContactName Job:bool BillWithParent:bool RootCustomerRef:Ref ParentRef:Ref Level:int
        CustomerTypeRef:Ref SalesTermRef:Ref SalesRepRef:Ref TaxGroupCodeRef:Ref TaxRateRef:Ref
        PaymentMethodRef:Ref CCDetail:any PriceLevelRef:Ref Balance:decimal OpenBalanceDate:date
        BalanceWithJobs:decimal CreditLimit:decimal AcctNum CurrencyRef:Ref OverDueBalance:decimal
        TotalRevenue:decimal TotalExpense:decimal PreferredDeliveryMethod ResaleNum JobInfo:any
        TDSEnabled:bool CustomerEx:any SecondaryTaxIdentifier ARAccountRef:Ref PrimaryTaxIdentifier
        TaxExemptionReasonId IsProject:bool BusinessNumber GSTIN GSTRegistrationType
        IsCISContractor:bool ClientCompanyId ClientEntityId Source TaxRegime
        """
    ),
    "Vendor": _fields(
        _NAME
        + """
        ContactName AltContactName BillAddr:Address ShipAddr:Address OtherAddr:Address[] TaxCountry
        TaxIdentifier TaxIdEffectiveDate:date BusinessNumber ParentRef:Ref VendorTypeRef:Ref
        TermRef:Ref PrefillAccountRef:Ref Balance:decimal BillRate:decimal OpenBalanceDate:date
        CreditLimit:decimal AcctNum Vendor1099:bool T4AEligible:bool T5018Eligible:bool
        CurrencyRef:Ref TDSEnabled:bool TaxReportingBasis APAccountRef:Ref GSTIN
        GSTRegistrationType IsSubContractor:bool SubcontractorType CISRate HasTPAR:bool Source
        CostRate:decimal CompanyRegistrationNumber
        """
    ),
    "Employee": _fields(
        _NAME
        + """
        EmployeeType EmployeeNumber SSN PrimaryAddr:Address OtherAddr:Address[] BillableTime:bool
        BillRate:decimal BirthDate:date Gender:Male|Female HiredDate:date ReleasedDate:date
        UseTimeEntry CostRate:decimal
        """
    ),
    "Item": _fields(
        _ENTITY
        + """
        Name Sku Description Active:bool SubItem:bool ParentRef:Ref Level:int FullyQualifiedName
        Taxable:bool SalesTaxIncluded:bool PercentBased:bool UnitPrice:decimal RatePercent:decimal
        Type:Service|NonInventory|Inventory|Group|Category|Bundle PaymentMethodRef:Ref UOMSetRef:Ref
        IncomeAccountRef:Ref PurchaseDesc PurchaseTaxIncluded:bool PurchaseCost:decimal
        ExpenseAccountRef:Ref COGSAccountRef:Ref AssetAccountRef:Ref PrefVendorRef:Ref
        AvgCost:decimal TrackQtyOnHand:bool QtyOnHand:decimal QtyOnPurchaseOrder:decimal
        QtyOnSalesOrder:decimal ReorderPoint:decimal ManPartNum DepositToAccountRef:Ref
        SalesTaxCodeRef:Ref PurchaseTaxCodeRef:Ref InvStartDate:date BuildPoint:decimal
        PrintGroupedItems:bool SpecialItem:bool SpecialItemType ItemGroupDetail:any
        ItemAssemblyDetail:any AbatementRate:decimal ReverseChargeRate:decimal ServiceType
        ItemCategoryType ItemEx:any TaxClassificationRef:Ref UQCDisplayText UQCId ClassRef:Ref
        Source DeferredRevenue:bool CustomExtensions:any[]
        """
    ),
    "Line": _fields(
        """
        Id:id LineNum:int Description Amount:decimal Received:decimal LinkedTxn:LinkedTxn[]
        DetailType:SalesItemLineDetail|GroupLineDetail|DescriptionOnly|DiscountLineDetail|SubTotalLineDetail|TaxLineDetail|PaymentLineDetail
        PaymentLineDetail:any DiscountLineDetail:DiscountLineDetail TaxLineDetail:TaxLineDetail
        SalesItemLineDetail:SalesItemLineDetail DescriptionLineDetail:DescriptionLineDetail
        ItemBasedExpenseLineDetail:any AccountBasedExpenseLineDetail:any ReimburseLineDetail:any
        DepositLineDetail:any PurchaseOrderItemLineDetail:any SalesOrderItemLineDetail:any
        ItemReceiptLineDetail:any JournalEntryLineDetail:any GroupLineDetail:GroupLineDetail
        SubTotalLineDetail:SubTotalLineDetail TDSLineDetail:any ItemAdjustmentLineDetail:any
        CustomField:CustomField[] LineEx:any ProjectRef:Ref CostAmount:decimal
        HomeCostAmount:decimal CustomExtensions:any[]
        """
    ),
    "SalesItemLineDetail": _fields(
        """
        ItemRef:Ref ClassRef:Ref UnitPrice:decimal UnitCostPrice:decimal RatePercent:decimal
        PriceLevelRef:Ref MarkupInfo:any Qty:decimal UOMRef:any ItemAccountRef:Ref
        InventorySiteRef:Ref TaxCodeRef:Ref TaxClassificationRef:Ref ServiceDate:date
        TaxInclusiveAmt:decimal DiscountRate:decimal DiscountAmt:decimal DeferredRevenue:bool
        RetainageAmount:decimal SalesItemLineDetailEx:any
        """
    ),
    "GroupLineDetail": _fields(
        "GroupItemRef:Ref Quantity:decimal UOMRef:any ServiceDate:date Line:Line[]"
    ),
    "DescriptionLineDetail": _fields("ServiceDate:date TaxCodeRef:Ref"),
    "DiscountLineDetail": _fields(
        """
        DiscountRef:Ref PercentBased:bool DiscountPercent:decimal DiscountAccountRef:Ref
        ServiceDate:date ClassRef:Ref TaxCodeRef:Ref
        """
    ),
    "SubTotalLineDetail": _fields("ItemRef:Ref ServiceDate:date"),
    "TxnTaxDetail": _fields(
        """
        DefaultTaxCodeRef:Ref TxnTaxCodeRef:Ref TotalTax:decimal TaxReviewStatus TaxLine:Line[]
        UseAutomatedSalesTax:bool
        """
    ),
    "TaxLineDetail": _fields(
        """
        TaxRateRef:Ref PercentBased:bool TaxPercent:decimal NetAmountTaxable:decimal
        TaxInclusiveAmount:decimal OverrideDeltaAmount:decimal ServiceDate:date
        """
    ),
    "LinkedTxn": _fields("TxnId:id TxnType TxnLineId:token"),
    "Ref": _fields("value name type"),
    "Memo": _fields("value id"),
    "Email": _fields("Id:id Address Default:bool Tag"),
    "Phone": _fields(
        "Id:id DeviceType CountryCode AreaCode ExchangeCode Extension FreeFormNumber Default:bool"
    ),
    "Web": _fields("Id:id URI Default:bool Tag"),
    "Address": _fields(
        """
        Id:id Line1 Line2 Line3 Line4 Line5 City Country CountryCode County CountrySubDivisionCode
        PostalCode PostalCodeSuffix Lat Long Tag Note
        """
    ),
    "CustomField": _fields(
        "DefinitionId:id Name Type:StringType|BooleanType|DateType|NumberType StringValue "
        "BooleanValue:bool DateValue:date NumberValue:decimal"
    ),
    "ModificationMetaData": _fields(
        "CreatedByRef:Ref CreateTime LastModifiedByRef:Ref LastUpdatedTime LastChangedInQB "
        "Synchronized:bool"
    ),
}
TYPES["CreditMemo"] = TYPES["Invoice"] | _fields("RemainingCredit:decimal InvoiceRef:Ref")
_PLAIN = {"text", "id", "token", "decimal", "int", "bool", "date", "any"}
_NAME_LENGTHS = {
    "DisplayName": 500,
    "CompanyName": 100,
    "GivenName": 100,
    "MiddleName": 100,
    "FamilyName": 100,
    "Title": 16,
    "Suffix": 16,
    "PrintOnCheckName": 110,
    "Notes": 2000,
}
LENGTHS: dict[str, dict[str, int]] = {
    "Invoice": {
        "DocNumber": 21,
        "PrivateNote": 4000,
        "PONumber": 15,
        "GovtTxnRefIdentifier": 30,
    },
    "CreditMemo": {"DocNumber": 21, "PrivateNote": 4000},
    "Payment": {"PaymentRefNum": 21, "PrivateNote": 4000},
    "Customer": {**_NAME_LENGTHS, "ResaleNum": 16},
    "Vendor": _NAME_LENGTHS,
    "Employee": _NAME_LENGTHS,
    "Item": {"Name": 100, "Sku": 100, "Description": 4000},
    "Line": {"Description": 4000},
    "CustomField": {"StringValue": 31},
    "Memo": {"value": 1000},
    "Email": {"Address": 100},
    "Phone": {"FreeFormNumber": 30},
    "Web": {"URI": 1000},
    "Address": {
        **{f"Line{n}": 500 for n in range(1, 6)},
        "City": 255,
        "Country": 255,
        "CountrySubDivisionCode": 255,
        "PostalCode": 30,
    },
}
_ADDRESS_LENGTH = 2000  # of its lines together
_CLASSES = {"Ref": "ReferenceType", "Memo": "MemoRef", "Email": "EmailAddress"}
_CLASSES |= {"Phone": "TelephoneNumber", "Web": "WebSiteAddress", "Address": "PhysicalAddress"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ID = re.compile(r"-?\d+")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*")


def normalise(type_name: str, value: Any, element: str = "") -> Doc:
    """Return a copy with amounts as Decimal and without nulls.

    Raises RefusalError for what the real service would refuse.
    """
    if not isinstance(value, dict):
        raise RefusalError("2120", f"{element or type_name} must be an object", element)
    fields, lengths = TYPES[type_name], LENGTHS.get(type_name, {})
    result: Doc = {}
    for name, given in value.items():
        field = fields.get(name)
        if field is None:
            raise unknown_property(name, type_name)
        path = f"{element}.{name}" if element else name
        if (given is None and path != "Id") or _not_given(field, given):
            continue
        if field.many:
            if not isinstance(given, list):
                raise RefusalError("2120", f"{path} must be an array", path)
            result[name] = [_value(field.kind, each, path) for each in given]
            continue
        result[name] = _value(field.kind, given, path)
        limit = lengths.get(name)
        if limit is not None and len(given) > limit:
            raise too_long(path, limit, len(given))
    if type_name == "Address":
        _check_lines(result, element)
    if type_name == "Ref" and not result.get("value"):
        raise missing(f"{element}.value")
    return result


def _check_lines(address: Doc, element: str) -> None:
    length = sum(len(address.get(f"Line{number}", "")) for number in range(1, 6))
    if length > _ADDRESS_LENGTH:
        raise too_long(element, _ADDRESS_LENGTH, length)


def _not_given(field: Field, value: Any) -> bool:
    """Whether a text is empty where no text is due, as python-quickbooks has always sent it."""
    return bool(value == "" and field.kind in ("date", "decimal", "bool", "int"))


def unknown_property(name: str, type_name: str) -> RefusalError:
    fields = TYPES[type_name]
    some = ", ".join(f'"{each}"' for each in list(fields)[:60])
    kind = _CLASSES.get(type_name, type_name)
    return RefusalError(
        "2010",
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{kind}), '
        f"not marked as ignorable ({len(fields)} known properties: {some} [truncated]])\n"
        " specified is unsupported or invalid",
    )


def _value(kind: str, value: Any, path: str) -> Any:
    if kind == "any":
        return value
    if kind == "decimal":
        return _decimal(value, path)
    if kind == "bool":
        if not isinstance(value, bool):
            raise RefusalError(
                "2230", f"{path} must be true or false. Supplied value:{value}", path
            )
        return value
    if kind == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            raise RefusalError(
                "2090", f"{path} must be a whole number. Supplied value:{value}", path
            )
        return value
    if kind not in _PLAIN and "|" not in kind:
        return normalise(kind, value, path)
    return _text(kind, value, path)


def _text(kind: str, value: Any, path: str) -> str:
    """Check a value that is a string on the wire: a text, a date, an id or one word of a list."""
    if value is None:
        raise RefusalError("2030", "Id should be a valid number. Supplied value:null", path)
    if kind == "token" and type(value) is int:  # python-quickbooks sends numbers
        value = str(value)
    if not isinstance(value, str):
        raise RefusalError("2120", f"{path} must be a string. Supplied value:{value}", path)
    if kind == "date":
        check_date(value, path)
    elif kind in ("id", "token") and not _ID.fullmatch(value):
        raise RefusalError("2030", f"Id should be a valid number. Supplied value:{value}", path)
    elif "|" in kind and value not in kind.split("|"):
        raise RefusalError("2170", f"Invalid Enumeration : {value}", path)
    return value


def _decimal(value: Any, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise RefusalError("2110", f"{path} must be a number. Supplied value:{value}", path)
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if abs(number) >= Decimal("1e15"):
        raise RefusalError("2240", f"{path} is out of range. Supplied value:{value}", path)
    return number


def check_date(value: str, path: str) -> None:
    if not _DATE.fullmatch(value):
        raise RefusalError(
            "2060", f"Date must be in the format YYYY-MM-DD. Supplied value:{value}", path
        )
    try:
        date.fromisoformat(value)
    except ValueError:
        raise RefusalError("2070", f"No such date. Supplied value:{value}", path) from None


def check_email(addresses: str, element: str) -> None:
    """Refuse what is not one address, or several separated by commas.

    RFC 822 has no other separator, no dot at an end of the local part and no two dots in a row.
    """
    for address in addresses.split(","):
        if not _EMAIL.fullmatch(address.strip(" ")):
            raise RefusalError(
                "2210",
                "Email Address does not conform to the syntax rules of RFC 822. "
                f"Supplied value:{addresses}",
                element,
            )


def on_wire(value: Any) -> Any:
    """Return a copy for JSON, with each Decimal as a number: an int where it is whole."""
    if isinstance(value, dict):
        return {name: on_wire(each) for name, each in value.items()}
    if isinstance(value, list):
        return [on_wire(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
