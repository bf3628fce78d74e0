// Made from the OpenAPI document of the API by `make docs`. Do not edit.

export interface paths {
    "/v1/invoices/{invoiceId}/sync-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how an invoice stands, why, and what has been done about it.
         * @description Reads only what this app has stored. An invoice that it has not heard of has the status `unknown`.
         */
        get: operations["getSyncStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices/{invoiceId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look at one invoice again, now.
         * @description It is put on the queue and checked within seconds, whatever its status.
         */
        post: operations["retryInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices/{invoiceId}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say what the next check of an invoice would do, and every failure that it would meet.
         * @description Makes the same decision as the sync and writes nothing. A draft is judged as if it were opened now.
         */
        get: operations["previewInvoice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices/{invoiceId}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide about an invoice that is not in step.
         * @description The failure of the invoice names the resolutions that it offers. With `preview` nothing is done: the answer says what would be, and, while an argument is missing, which values it may have.
         *
         *     Without `preview` the decision is kept for ten years, with the signed user's email and the time, and the invoice is checked within seconds. So are all others that the decision concerns.
         */
        post: operations["resolveInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/failures/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the failing invoices.
         * @description Costs one read of the table, however many invoices fail.
         */
        get: operations["countFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the failing invoices, newest failure first, or what they fail for.
         * @description A page can be short, or even empty, and still have a cursor when only few of very many invoices have the code or the cause: go on while there is a cursor.
         *
         *     With `groupBy=cause` it lists the root causes instead, the one with the most invoices first.
         */
        get: operations["listFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/failures/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how far a retry is.
         * @description Name the code or the cause that it was asked for with.
         */
        get: operations["getRetry"];
        put?: never;
        /**
         * Look again at the failing invoices of a cause, of a code, or at all of them.
         * @description The first 300 are on the queue when the answer comes. The others follow in the background, 300 at a time, so that they do not hold up live invoices. Asking again while a retry runs changes nothing.
         *
         *     Invoices that fail with `possible_duplicate` may be in QuickBooks already. A retry creates them, so they are retried only when that code is named. Those that HubSpot's own sync may have written are only looked for again: they need a decision each.
         */
        post: operations["retryFailures"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/failures/retry/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a retry of many.
         * @description Name the code or the cause that it was asked for with. Invoices that it has queued already are looked at all the same.
         */
        post: operations["cancelRetry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how some invoices stand, in a line each.
         * @description Reads only what this app has stored: for a card that shows the invoices of a contact, a company or a deal.
         */
        get: operations["listInvoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look at some invoices again, now.
         * @description They are put on the queue and checked within seconds, whatever their status.
         *
         *     Those that fail with `possible_duplicate` may be in QuickBooks already, so each needs a decision, or a retry of its own. They are checked too, but this creates none of them.
         */
        post: operations["retryInvoices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quickbooks/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search the active customers by name, company name or email.
         * @description For a resolution that takes a `customerId`, when none of its candidates is the one. Sub-customers are named with the customers above them. It costs three metered reads, and more when nothing is found as it is written.
         */
        get: operations["searchCustomers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quickbooks/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search the active products and services by name or SKU.
         * @description For a resolution that takes an `itemId`, when none of its candidates is the one. Bundles and categories are left out, because a line cannot have them. It costs two metered reads, and more when nothing is found as it is written.
         */
        get: operations["searchItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/payments/unrecorded": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List all money that is in no book, with the reason.
         * @description It lists payments that came in and are not in QuickBooks, refunds that are not there, and amounts by which HubSpot's balance is lower than QuickBooks' without a payment that says why. A page has all amounts of at most `limit` invoices. Money of an invoice that a person stopped syncing is listed until somebody says that it is in the books. Nothing is listed while the setting `recordPayments` is off. `GET /v1/failures/count` has the numbers and sums.
         */
        get: operations["listUnrecorded"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/reconciliation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a report: its totals, then the rows, page by page.
         * @description Without a period it is the report that was asked for last; as a rule that is the one of last night. Rows are kept for 60 days.
         */
        get: operations["getReport"];
        put?: never;
        /**
         * Plan a report of both systems side by side, or run one that is planned.
         * @description The first request only counts the invoices of the period and says what the report will cost. `run` carries it out, `again` plans it anew.
         */
        post: operations["requestReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/reconciliation/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Make links to the report as CSV files.
         * @description A browser opens them for five minutes, without HubSpot's signature. The first file has the totals, the others have the invoices.
         */
        get: operations["linkReportFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/files/reconciliation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file of a report, by a link that is good for five minutes. */
        get: operations["getReportFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/reconciliation/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a report, or drop its plan.
         * @description The rows that it has found stay readable. It can be planned anew.
         */
        post: operations["cancelReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backfill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell what a backfill would do, or how far it is.
         * @description Without a period it is the backfill that was asked for last.
         */
        get: operations["getBackfill"];
        put?: never;
        /**
         * Plan a backfill, or run one that is planned.
         * @description A backfill brings the invoices of a period into QuickBooks: those from before the app was installed, or from an outage. The first request only plans and writes nothing. `run` carries out what is planned, `again` plans it anew.
         */
        post: operations["requestBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backfill/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a backfill, or drop its plan.
         * @description Invoices that it has queued already are synced all the same; what is done stays done. It can be planned anew.
         */
        post: operations["cancelBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the settings of the connection. */
        get: operations["getSettings"];
        /**
         * Replace the settings of the connection.
         * @description Send all of them: a setting that is left out goes back to its default; `PATCH` changes some only. What differs is checked, and failing invoices are tried again, as with `PATCH`.
         */
        put: operations["replaceSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change some settings of the connection, and leave the others.
         * @description Each id is looked up in QuickBooks first, with up to five metered reads as a rule: it must be there, active and of the right kind. The failing invoices that may have failed for what is changed are tried again. With `preview`, nothing is changed.
         *
         *     While `recordPayments` is off, no money is listed or counted as being in no book; what was listed is there again, and is looked at, when it is switched on.
         */
        patch: operations["changeSettings"];
        trace?: never;
    };
    "/v1/settings/choices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the records of QuickBooks that settings can name.
         * @description Items, accounts, tax codes and terms, by name. Reading them costs five metered reads, and one more for each thousand items; the lists are kept for an hour.
         */
        get: operations["listChoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how the portal is connected, to which company, and whether the user may act.
         * @description It is an answer, not a problem, when the portal is not connected.
         */
        get: operations["getConnection"];
        put?: never;
        post?: never;
        /**
         * End the connection of the portal.
         * @description Syncing stops at once, and the access to HubSpot and QuickBooks is given back. Invoices in QuickBooks stay as they are. Without `deleteData` what this app knows of them stays too: then the account can be connected again, to the same company only, and goes on where it stopped.
         *
         *     It can be repeated, also to have the data of a disconnected account deleted.
         */
        delete: operations["disconnect"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what people did, the newest first.
         * @description Decisions, retries, changes of settings, backfills, reports and connects. Entries are never changed, and are kept for ten years. The list begins with the version of this app that first kept it.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell whether the function runs and has its environment. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What kind of thing a person did. `decision` and `retry` are about one invoice; `retry_many` is a retry of several, of a code, of a cause or of all.
         * @enum {string}
         */
        ActionName: "decision" | "retry" | "retry_many" | "settings" | "backfill" | "report" | "connect" | "reconnect" | "disconnect" | "deletion";
        /** @description What the failing invoices of one currency bill. */
        AmountAtStake: {
            /**
             * @description The ISO 4217 code of the currency.
             * @example USD
             */
            currency: string;
            /**
             * @description The sum.
             * @example 4230.00
             */
            amount: string;
            /**
             * @description How many of them there are.
             * @example 3
             */
            invoices: number;
        };
        /** @description A page of what people did, the newest first. */
        AuditAnswer: {
            /** @description What people did, the newest first. */
            entries: components["schemas"]["RecordedAction"][];
            /**
             * @description The `cursor` of the next page; empty on the last one.
             * @example
             */
            cursor: string;
        };
        /** @description The backfill of a period. */
        BackfillAnswer: {
            /**
             * Format: date
             * @description The first day.
             * @example 2026-01-01
             */
            from: string;
            /**
             * Format: date
             * @description The last day.
             * @example 2026-01-31
             */
            to: string;
            /**
             * @description How far it is. `planned`: it waits to be run. `failed`: `why` says why. `cancelled`: somebody stopped it.
             * @example done
             * @enum {string}
             */
            state: "planning" | "planned" | "running" | "done" | "failed" | "cancelled";
            /**
             * @description What stopped it; empty unless something did.
             * @example
             */
            why: string;
            /** @description What it would do. */
            plan: components["schemas"]["BackfillPlan"];
            /** @description How far it is; null until it has been run. */
            progress: components["schemas"]["BackfillProgress"] | null;
            /**
             * Format: date-time
             * @description When it was asked for.
             * @example 2026-11-23T13:00:00Z
             */
            requestedAt: string;
            /**
             * Format: date-time
             * @description When it last moved.
             * @example 2026-11-23T13:04:10Z
             */
            updatedAt: string;
        };
        /** @description What running the backfill would do, as far as the plan has got. */
        BackfillPlan: {
            /**
             * @description How many invoices HubSpot has in the period, without drafts.
             * @example 120
             */
            invoices: number;
            /**
             * @description How many would end as `create`, `update`, `void`, `inStep`, `adopt` (in QuickBooks already: only our record is missing), `synced` (known to be in step), `skip`, `wait` (in trouble that may pass) and `fail`. What no invoice ends as is left out.
             * @example {
             *       "adopt": 20,
             *       "create": 96,
             *       "fail": 4
             *     }
             */
            byOutcome: {
                [key: string]: number;
            };
            /**
             * @description Why invoices would fail, by failure code.
             * @example {
             *       "closed_period": {
             *         "invoices": 4,
             *         "title": "The accounting period is closed"
             *       }
             *     }
             */
            byCode: {
                [key: string]: components["schemas"]["CodeCount"];
            };
            /**
             * @description For invoices whose number another QuickBooks invoice has: how many of these differ in each field.
             * @example {
             *       "total": 1
             *     }
             */
            numbersTakenBy: {
                [key: string]: number;
            };
            /**
             * @description The metered reads that planning made at QuickBooks.
             * @example 8
             */
            meteredReads: number;
            /**
             * @description About how many metered reads running it will make; 0 until it is planned.
             * @example 8
             */
            runMeteredReads: number;
        };
        /** @description How far a running backfill is. */
        BackfillProgress: {
            /**
             * @description Invoices that it has dealt with.
             * @example 120
             */
            done: number;
            /**
             * @description Invoices that it has to deal with.
             * @example 120
             */
            total: number;
            /**
             * @description Invoices that were in QuickBooks already.
             * @example 20
             */
            adopted: number;
            /**
             * @description Invoices that were given to the worker.
             * @example 96
             */
            sent: number;
            /**
             * @description Those of them that are in QuickBooks now.
             * @example 96
             */
            written: number;
            /**
             * @description Invoices that fail: the list of failures has them.
             * @example 4
             */
            failing: number;
            /**
             * @description Invoices in trouble that may pass: the worker keeps trying.
             * @example 0
             */
            left: number;
        };
        /** @description The period of the work that is to be stopped. */
        CancelRequest: {
            /**
             * Format: date
             * @description The first day, by the invoice date in the portal's time zone.
             * @example 2026-01-01
             */
            from: string;
            /**
             * Format: date
             * @description The last day, which is included. A period has at most 366 days, and lies between 2000-01-01 and a year from today.
             * @example 2026-01-31
             */
            to: string;
        };
        /** @description What a search found. */
        CandidatesAnswer: {
            /** @description What was found, the likeliest first. */
            candidates: components["schemas"]["RankedCandidate"][];
            /**
             * @description The metered reads that the search made at QuickBooks.
             * @example 3
             */
            meteredReads: number;
        };
        /** @description A page of root causes, the one with the most invoices first. */
        CausesAnswer: {
            /** @description The causes of this page. */
            causes: components["schemas"]["FailureCause"][];
            /**
             * @description By code, how many invoices fail for a reason of their own.
             * @example {
             *       "total_mismatch": 2
             *     }
             */
            single: {
                [key: string]: number;
            };
            /**
             * @description The `cursor` of the next page; empty on the last one.
             * @example
             */
            cursor: string;
            /** @description True when there are more than 5,000 causes: the invoices of the others are counted in `single`. */
            more: boolean;
        };
        /** @description What the settings can name. All lists are sorted by name and have active records only. */
        ChoicesAnswer: {
            /** @description Products and services that can be sold. */
            items: components["schemas"]["SettingChoice"][];
            /** @description Accounts for payments (of the type Bank or Other Current Asset) and for discounts (Income). */
            accounts: components["schemas"]["SettingChoice"][];
            /** @description Tax codes for sales. */
            taxCodes: components["schemas"]["SettingChoice"][];
            /** @description Payment terms. */
            terms: components["schemas"]["SettingChoice"][];
            /**
             * @description What is missing in the lists, in a sentence: at most 3,000 products and services are listed. Empty: nothing.
             * @example
             */
            leftOut: string;
            /**
             * Format: date-time
             * @description When they were read from QuickBooks.
             * @example 2026-11-22T16:40:00Z
             */
            readAt: string;
            /**
             * @description How many reads that Intuit meters this answer cost: 0 when it was kept.
             * @example 5
             */
            meteredReads: number;
            /** @description True when they were read within the last hour, and kept. */
            cached: boolean;
        };
        /** @description How many invoices would fail with a code. */
        CodeCount: {
            /**
             * @description The title of the code, as in the list of failures.
             * @example The accounting period is closed
             */
            title: string;
            /**
             * @description How many invoices.
             * @example 4
             */
            invoices: number;
        };
        /**
         * @description How the portal is connected. Some fields of a connection that an earlier version of this app
         *     made are not known until it is connected again.
         */
        ConnectionAnswer: {
            /**
             * @description `reconnect_required`: a service no longer accepts this app's access, and a person has to connect again.
             * @example connected
             * @enum {string}
             */
            state: "not_connected" | "connected" | "reconnect_required";
            /**
             * @description With `reconnect_required`: which of the two it is; empty when that is not known. Empty otherwise.
             * @example
             * @enum {string}
             */
            service: "" | "hubspot" | "quickbooks";
            /**
             * @description The name of the QuickBooks company when it was connected; empty while not known.
             * @example Globex Inc.
             */
            companyName: string;
            /**
             * @description QuickBooks' id of the company; empty when not connected.
             * @example 9130357849536436
             */
            realmId: string;
            /**
             * @description The country of the company; empty while not known.
             * @example US
             */
            country: string;
            /**
             * @description The home currency of the company; empty while not known.
             * @example USD
             */
            homeCurrency: string;
            /**
             * @description Where QuickBooks opens; empty when not connected.
             * @example https://app.qbo.intuit.com/app/homepage
             */
            quickbooksUrl: string;
            /**
             * @description When the two were connected last; null while not known.
             * @example 2026-11-20T09:15:02Z
             */
            connectedAt: string | null;
            /**
             * @description The email of the person who did that, else the HubSpot user id in words; empty while not known.
             * @example pat@example.com
             */
            connectedBy: string;
            /**
             * @description The start: invoices that were opened before it are left alone. Null when not connected.
             * @example 2026-11-20T09:15:02Z
             */
            startedAt: string | null;
            /**
             * @description When the sweep last ran without trouble; it runs every five minutes. It looks for missed changes in both systems, only once an hour where nothing happens. Null before the first time.
             * @example 2026-11-20T09:15:02Z
             */
            lastSweepAt: string | null;
            /** @description What last went wrong in a sweep; it may be over. Null when nothing did. */
            lastTrouble: components["schemas"]["ConnectionTrouble"] | null;
            /**
             * @description Where a person connects the two, for the first time or again.
             * @example https://sync.example.com/connect/hubspot
             */
            connectUrl: string;
            /** @description Who asks, and whether they may act. */
            you: components["schemas"]["You"];
        };
        /** @description What went wrong with the connection. */
        ConnectionTrouble: {
            /**
             * Format: date-time
             * @description When it was noticed.
             * @example 2026-11-20T09:15:02Z
             */
            at: string;
            /**
             * @description What it was, in a sentence for a person.
             * @example QuickBooks did not answer. This app tries again every five minutes.
             */
            words: string;
        };
        /** @description How far the end of a connection has come. */
        DisconnectAnswer: {
            /**
             * @description Whether HubSpot and QuickBooks have confirmed that this app has no access any more. If not, it goes on asking them every hour.
             * @example true
             */
            accessEnded: boolean;
            /**
             * @description Whether what this app keeps for the account is being deleted.
             * @example false
             */
            deleting: boolean;
        };
        /** @description Why an invoice is not in step, and what can be done about it. */
        ExplainedFailure: {
            /** @description What kind of failure it is. */
            code: components["schemas"]["FailureCode"];
            /**
             * @description One line for a list. For the failures that HubSpot's own sync knows, the words that it shows.
             * @example An invoice should have an associated customer. Make sure the associated customer is present in both HubSpot & QuickBooks Online to sync this invoice
             */
            title: string;
            /**
             * @description What happened, with the values of this invoice.
             * @example No QuickBooks customer has the email of the contact.
             */
            explanation: string;
            /** @description What a person can do about it. */
            remedy: components["schemas"]["Remedy"];
            /**
             * @description Who can do it.
             * @example Anyone who may edit the record
             */
            fixedBy: string;
            /**
             * @description What clears the failure by itself.
             * @example The contact's email changes, or a QuickBooks customer with it appears.
             */
            healsWhen: string;
            /** @description What can be decided with one click. */
            resolutions: components["schemas"]["OfferedResolution"][];
            /** @description The setting that causes the failure or could heal it; null when none does. */
            setting: components["schemas"]["FailureSetting"] | null;
            /** @description The pages in both products that the failure is about, the HubSpot invoice first. Empty in a preview. */
            links: components["schemas"]["Link"][];
            /** @description True when this app keeps trying by itself, so that no action is needed. */
            retried: boolean;
            /**
             * @description The values of this failure, by name; those that are not known are left out. Which names there are depends on the code. Where a code can have several reasons, `variant` names the reason.
             * @example {
             *       "contactId": "301",
             *       "variant": "no_match"
             *     }
             */
            detail: {
                [key: string]: string | number | string[];
            };
            /**
             * @description QuickBooks' code for its fault; empty when QuickBooks did not refuse anything.
             * @example
             */
            fault: string;
            /** @description The fields that somebody changed in QuickBooks; only with `modified_outside_hubspot`. */
            differences: components["schemas"]["FieldDifference"][];
            /**
             * @description Since when the invoice has been failing; null in a preview.
             * @example 2026-11-20T09:15:00Z
             */
            since: string | null;
            /**
             * @description Intuit's id of the call that QuickBooks refused, for its support; empty when there was none.
             * @example 1-6741ac2e-0f3d5a7b1c9e4d8f2a6b
             */
            intuitTid: string;
        };
        /** @description An invoice in the list of failures. */
        FailingInvoice: {
            /**
             * @description HubSpot's id of the invoice.
             * @example 44446244111
             */
            invoiceId: string;
            /**
             * @description The invoice's number in HubSpot; empty when it has not been read yet.
             * @example INV-2016
             */
            number: string;
            /**
             * @description What HubSpot bills; empty when it must be a mistake.
             * @example 1200.00
             */
            amount: string;
            /**
             * @description The ISO 4217 code of the amount's currency.
             * @example USD
             */
            currency: string;
            /**
             * @description The invoice's date.
             * @example 2026-11-20
             */
            date: string;
            /**
             * @description When it is due.
             * @example 2026-12-20
             */
            dueDate: string;
            /**
             * @description The name of the contact who pays.
             * @example Nora Wind
             */
            customer: string;
            /**
             * @description The name of the company in HubSpot.
             * @example Acme Inc.
             */
            company: string;
            /**
             * @description When somebody retried it or decided about it, while it waits for the check that follows; else null.
             * @example null
             */
            queuedAt: string | null;
            /** @description Why it is failing. */
            failure: components["schemas"]["ExplainedFailure"];
        };
        /** @description A root cause that several invoices can share, such as a customer that QuickBooks lacks. */
        FailureCause: {
            /**
             * @description The key of the cause, as the parameter `cause` takes it.
             * @example customer_not_found.3f0c9a71d2e4b685
             */
            cause: string;
            /** @description The failure code that its invoices have. */
            code: components["schemas"]["FailureCode"];
            /**
             * @description How many invoices fail for it.
             * @example 200
             */
            invoices: number;
            /**
             * Format: date-time
             * @description When the latest of them began to fail.
             * @example 2026-11-22T16:40:00Z
             */
            newestAt: string;
            /**
             * @description HubSpot's id of one of them; empty when that one is in step again.
             * @example 44446244111
             */
            exampleInvoiceId: string;
            /** @description The failure of the example. */
            failure: components["schemas"]["ExplainedFailure"];
            /** @description What its invoices bill, by currency. */
            atStake: components["schemas"]["AmountAtStake"][];
        };
        /**
         * @description A code of the failure catalogue (docs/failures.md).
         * @enum {string}
         */
        FailureCode: "customer_not_found" | "customer_differs" | "duplicate_display_name" | "service_date_required" | "modified_outside_hubspot" | "duplicate_document_number" | "possible_duplicate" | "opening_unknown" | "item_not_found" | "item_ambiguous" | "inventory_quantity" | "inventory_not_started" | "reference_inactive" | "closed_period" | "currency_mismatch" | "total_mismatch" | "total_below_zero" | "too_many_digits" | "document_number_too_long" | "tax_code_missing" | "payment_not_recorded" | "subscription_lapsed" | "reconnect_required" | "hubspot_record_gone" | "record_unreadable" | "quickbooks_error" | "quickbooks_unavailable" | "hubspot_unavailable" | "rate_limited" | "unexpected";
        /** @description How many invoices of the portal are failing. */
        FailureCountAnswer: {
            /**
             * @description How many invoices are failing now.
             * @example 3
             */
            failing: number;
            /**
             * @description The same by failure code. Codes that no invoice fails with are left out.
             * @example {
             *       "closed_period": 1,
             *       "customer_not_found": 2
             *     }
             */
            byCode: {
                [key: string]: number;
            };
            /**
             * @description When the invoice that has been failing longest began to fail; null when none is failing.
             * @example 2026-11-20T09:15:00Z
             */
            oldestFailedAt: string | null;
            /** @description What the failing invoices bill, by currency. Invoices whose amount could not be read, or must be a mistake, are not counted here. */
            atStake: components["schemas"]["AmountAtStake"][];
            /** @description Money that is in no book. */
            unrecorded: components["schemas"]["UnrecordedCount"];
        };
        /** @description The setting that a failure has to do with. */
        FailureSetting: {
            /**
             * @description Its name in `PATCH /v1/settings`.
             * @example createCustomers
             */
            name: components["schemas"]["SettingName"];
            /**
             * @description What people call it.
             * @example Create missing customers
             */
            label: string;
        };
        /** @description A page of failing invoices, newest failure first. */
        FailuresAnswer: {
            /** @description The invoices of this page. */
            failures: components["schemas"]["FailingInvoice"][];
            /**
             * @description The `cursor` of the next page; empty on the last one.
             * @example
             */
            cursor: string;
        };
        /**
         * @description A field in which the invoice in QuickBooks is not what it should be. Amounts and lines are
         *     text, written the same way for both systems, with the names of customers and products.
         */
        FieldDifference: {
            /**
             * @description The field: `customer`, `lines`, `discount`, `tax`, `total`, `number` or `date`.
             * @example total
             */
            field: string;
            /**
             * @description What HubSpot says.
             * @example 300.00
             */
            hubspot: string;
            /**
             * @description What we wrote to QuickBooks last; empty in a preview.
             * @example 300.00
             */
            written: string;
            /**
             * @description What QuickBooks has.
             * @example 280.00
             */
            quickbooks: string;
        };
        /** @description The function runs and has its environment. */
        HealthAnswer: {
            /**
             * @description Always `ok`: without it there is no answer.
             * @constant
             */
            status: "ok";
            /** @description The version that is deployed. */
            version: string;
        };
        /** @description A payment that was taken in HubSpot, and what became of it. */
        HubSpotPayment: {
            /**
             * @description HubSpot's id of the payment.
             * @example 88123
             */
            hubspotId: string;
            /**
             * @description `recorded`: it is in QuickBooks. `pending`: it will be recorded. `not_synced`: it will not be, and `reason` says why.
             * @enum {string}
             */
            state: "recorded" | "not_synced" | "pending";
            /**
             * @description The amount; empty when HubSpot's value cannot be read.
             * @example 250.00
             */
            amount: string;
            /**
             * @description The part that is on this invoice in QuickBooks; empty while it is not recorded. The rest is on other invoices, or on the customer's account.
             * @example 250.00
             */
            applied: string;
            /**
             * @description The ISO 4217 code of its currency.
             * @example USD
             */
            currency: string;
            /**
             * @description The day it was paid, in the portal's time zone, such as `2026-11-20`; empty when HubSpot's value cannot be read.
             * @example 2026-11-20
             */
            date: string;
            /**
             * @description Why it is not in QuickBooks, or what differs there; empty when nothing does.
             * @example
             */
            reason: string;
            /**
             * @description QuickBooks' id of the payment that it is, or that it is taken to be; empty when there is none.
             * @example 151
             */
            quickbooksId: string;
        };
        /** @description How an invoice stands, in a line. */
        InvoiceStanding: {
            /**
             * @description HubSpot's id of the invoice.
             * @example 44446244111
             */
            invoiceId: string;
            /**
             * @description The invoice's number in HubSpot; empty when it has not been read yet.
             * @example INV-2016
             */
            number: string;
            /**
             * @description What HubSpot bills; empty when it must be a mistake.
             * @example 1200.00
             */
            amount: string;
            /**
             * @description The ISO 4217 code of the amount's currency.
             * @example USD
             */
            currency: string;
            /**
             * @description The invoice's date.
             * @example 2026-11-20
             */
            date: string;
            /**
             * @description When it is due.
             * @example 2026-12-20
             */
            dueDate: string;
            /**
             * @description The name of the contact who pays.
             * @example Nora Wind
             */
            customer: string;
            /**
             * @description The name of the company in HubSpot.
             * @example Acme Inc.
             */
            company: string;
            /**
             * @description When somebody retried it or decided about it, while it waits for the check that follows; else null.
             * @example null
             */
            queuedAt: string | null;
            /**
             * @description As in the sync status. With `unknown`, all other fields are empty.
             * @example synced
             * @enum {string}
             */
            status: "unknown" | "pending" | "synced" | "failing" | "skipped";
            /**
             * @description What it fails with; empty unless it is failing.
             * @example
             */
            failureCode: components["schemas"]["FailureCode"] | "";
            /**
             * @description The same in words.
             * @example
             */
            failureTitle: string;
            /**
             * @description Since when it has been failing; null unless it is.
             * @example null
             */
            since: string | null;
        };
        /** @description How some invoices stand. */
        InvoicesAnswer: {
            /** @description One for each id that was asked for, in that order. */
            invoices: components["schemas"]["InvoiceStanding"][];
        };
        /** @description A value of HubSpot's that QuickBooks would refuse: the invoice is there without it. */
        LeftOutValue: {
            /**
             * @description `email`: the address of the invoice's contact.
             * @example email
             * @constant
             */
            field: "email";
            /**
             * @description Why QuickBooks does not take it.
             * @example The email address has more than the 100 characters that QuickBooks takes.
             */
            reason: string;
        };
        /** @description A page in one of the products where a person can look or act. */
        Link: {
            /**
             * @description The text of the link.
             * @example The invoice in HubSpot
             */
            label: string;
            /**
             * @description The product it belongs to.
             * @enum {string}
             */
            system: "hubspot" | "quickbooks";
            /**
             * @description The address of the page.
             * @example https://app.hubspot.com/contacts/24680/record/0-53/44446244111
             */
            url: string;
        };
        /** @description What a person can decide about an invoice with one click. */
        OfferedResolution: {
            /**
             * @description The value of `resolution` that `POST /v1/invoices/{invoiceId}/resolve` takes.
             * @example use_customer
             */
            name: components["schemas"]["ResolutionName"];
            /**
             * @description The text of its button, of two to five words.
             * @example Choose a customer
             */
            label: string;
            /**
             * @description What one click does, to be read before it.
             * @example This invoice, and all invoices of its contact from now on, will go to the QuickBooks customer that you choose, even if an email changes. Neither the contact nor the customer will be changed.
             */
            sentence: string;
            /**
             * @description The argument that it needs; empty when it needs none. A preview without the argument names the likely values, and a search finds others.
             * @example customerId
             * @enum {string}
             */
            argument: "" | "customerId" | "itemId";
        };
        /**
         * @description What has been paid in QuickBooks, however it was paid, and what became of the payments that
         *     HubSpot took. Balances are as they were read last, also while the invoice is failing.
         */
        PaymentStatus: {
            /**
             * @description `unknown` while the invoice is not in QuickBooks: amounts and currency are empty then.
             * @example partly_paid
             * @enum {string}
             */
            status: "unknown" | "unpaid" | "partly_paid" | "paid" | "voided";
            /**
             * @description The invoice's total in QuickBooks.
             * @example 1200.00
             */
            total: string;
            /**
             * @description What is still to be paid of it.
             * @example 950.00
             */
            balance: string;
            /**
             * @description The ISO 4217 code of all amounts.
             * @example USD
             */
            currency: string;
            /**
             * @description When total and balance were read or written last; null before that.
             * @example 2026-11-20T09:15:02Z
             */
            quickbooksReadAt: string | null;
            /**
             * @description What is still to be paid in HubSpot; empty when it does not say.
             * @example 950.00
             */
            hubspotBalance: string;
            /**
             * @description When that was read; null before the first time.
             * @example 2026-11-20T09:15:02Z
             */
            hubspotReadAt: string | null;
            /**
             * @description What the balances differ by, in words for people; empty when they agree or cannot be compared.
             * @example
             */
            difference: string;
            /**
             * @description What one unit of the currency is worth in the home currency of the QuickBooks company, as QuickBooks booked it; null where the company has one currency only.
             * @example null
             */
            exchangeRate: string | null;
            /**
             * @description The total in that home currency; null when QuickBooks gives none.
             * @example null
             */
            homeTotal: string | null;
            /** @description The payments that HubSpot took for the invoice. */
            payments: components["schemas"]["HubSpotPayment"][];
            /**
             * @description Why HubSpot's payments could not be read; empty when they could.
             * @example
             */
            unread: string;
        };
        /** @description A period, and what is to be done about it: plan, run what is planned, or plan anew. */
        PeriodRequest: {
            /**
             * Format: date
             * @description The first day, by the invoice date in the portal's time zone.
             * @example 2026-01-01
             */
            from: string;
            /**
             * Format: date
             * @description The last day, which is included. A period has at most 366 days, and lies between 2000-01-01 and a year from today.
             * @example 2026-01-31
             */
            to: string;
            /**
             * @description Run what is planned.
             * @default false
             * @example true
             */
            run: boolean;
            /**
             * @description Plan anew what has been planned or run. Not together with `run`.
             * @default false
             */
            again: boolean;
        };
        /** @description What the next check of an invoice would do. */
        PreviewAnswer: {
            /**
             * @description HubSpot's id of the invoice.
             * @example 44446244111
             */
            invoiceId: string;
            /**
             * @description `create`, `update` or `void` the invoice in QuickBooks. `inStep`: nothing to do. `adopt`: take the QuickBooks invoice that is there for this one. `skip`, `wait`: `reason` says why. `fail`: `failures` says why.
             * @enum {string}
             */
            outcome: "create" | "update" | "void" | "inStep" | "adopt" | "skip" | "wait" | "fail";
            /**
             * @description Why it would be skipped or has to wait; empty otherwise.
             * @example
             */
            reason: string;
            /**
             * @description The name of the QuickBooks customer that the invoice would have, also of a new one; empty when it is not known.
             * @example Acme Inc.
             */
            customer: string;
            /**
             * @description The exact body that QuickBooks would get; null when it would get none.
             * @example {
             *       "CustomerRef": {
             *         "value": "58"
             *       },
             *       "DocNumber": "INV-2016"
             *     }
             */
            payload: {
                [key: string]: unknown;
            } | null;
            /**
             * @description The body that would create the customer first; null when none would be created. `payload` then lacks the customer's id.
             * @example null
             */
            newCustomer: {
                [key: string]: unknown;
            } | null;
            /**
             * @description The fields in which the QuickBooks invoice differs from what HubSpot says, as far as it was read.
             * @example []
             */
            differences: components["schemas"]["FieldDifference"][];
            /**
             * @description Every failure that the check would meet, not only the first.
             * @example []
             */
            failures: components["schemas"]["ExplainedFailure"][];
            /**
             * @description The metered reads that the preview itself made at QuickBooks.
             * @example 1
             */
            meteredReads: number;
        };
        /** @description Why a request was not carried out. Nothing in it repeats what the caller sent. */
        Problem: {
            /**
             * @description Always `about:blank`: the status says what kind of problem it is.
             * @constant
             */
            type: "about:blank";
            /**
             * @description What kind of problem it is.
             * @example not_found
             */
            code: components["schemas"]["ProblemName"];
            /**
             * @description The name of the status.
             * @example Not Found
             */
            title: string;
            /**
             * @description The HTTP status.
             * @example 404
             */
            status: number;
            /**
             * @description What is wrong and what helps, in a sentence that can be shown to a person.
             * @example This portal is not connected to QuickBooks.
             */
            detail: string;
        };
        /**
         * @description What kind of problem it is, for a program. `invalid`: the request itself is wrong. `setting_invalid`: the value of a setting is wrong. `signature`: HubSpot did not sign it. `not_allowed`: only other people may do this. `not_found`: there is no such thing, or no such route. `not_connected`: the portal is not connected. `not_offered`: the invoice does not offer the resolution now. `argument_missing`: the resolution needs a customer or an item. `not_possible`: it cannot be done, and `detail` says why. `changed_meanwhile`: the invoice is not as it was shown: show it again. `busy`: try again in a moment. `reconnect_required`: HubSpot or QuickBooks must be connected again. `service_refused`: HubSpot or QuickBooks refused it. `unavailable`: HubSpot or QuickBooks does not answer. `internal`: an error in this app.
         * @enum {string}
         */
        ProblemName: "invalid" | "setting_invalid" | "signature" | "not_allowed" | "not_found" | "not_connected" | "not_offered" | "argument_missing" | "not_possible" | "changed_meanwhile" | "busy" | "reconnect_required" | "service_refused" | "unavailable" | "internal";
        /** @description How many invoices were queued. They are checked within seconds. */
        QueuedAnswer: {
            /**
             * @description How many invoices were put on the queue.
             * @example 1
             */
            queued: number;
        };
        /** @description The invoice in QuickBooks. */
        QuickBooksReference: {
            /**
             * @description QuickBooks' id of the invoice.
             * @example 146
             */
            id: string;
            /**
             * @description Its number in QuickBooks; empty when it has none.
             * @example INV-2016
             */
            number: string;
            /**
             * @description Its page in QuickBooks.
             * @example https://app.qbo.intuit.com/app/invoice?txnId=146
             */
            link: string;
        };
        /** @description A value that the missing argument may have. */
        RankedCandidate: {
            /**
             * @description QuickBooks' id: the value of the argument.
             * @example 58
             */
            id: string;
            /**
             * @description The name of the customer or item.
             * @example Acme Inc.
             */
            name: string;
            /**
             * @description The email of a customer, the SKU of an item.
             * @example billing@acme.example
             */
            about: string;
            /**
             * @description Why it may be the one, the strongest reason first.
             * @example [
             *       "same company name",
             *       "same email domain, acme.example"
             *     ]
             */
            reasons: string[];
        };
        /** @description One thing that a person did. */
        RecordedAction: {
            /**
             * Format: date-time
             * @description When it was done.
             * @example 2026-11-20T09:15:02Z
             */
            at: string;
            /**
             * @description The email of the person who did it, else the HubSpot user id in words; empty when HubSpot named nobody.
             * @example pat@example.com
             */
            who: string;
            /** @description What kind of thing it was. */
            action: components["schemas"]["ActionName"];
            /**
             * @description HubSpot's id of the invoice that it is about; empty for others.
             * @example 44446244111
             */
            invoiceId: string;
            /**
             * @description The invoice's number in HubSpot; empty when not known.
             * @example INV-2016
             */
            number: string;
            /**
             * @description What was done, in sentences for a person.
             * @example Tried this invoice again.
             */
            says: string;
        };
        /** @description A decision that a person made about the invoice. */
        RecordedDecision: {
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-20T10:02:11Z
             */
            at: string;
            /**
             * @description The email of the HubSpot user.
             * @example pat@example.com
             */
            by: string;
            /** @description What was chosen. */
            resolution: components["schemas"]["ResolutionName"];
            /**
             * @description The arguments that it was chosen with, by the name they have in the request.
             * @example {
             *       "customerId": "58"
             *     }
             */
            arguments: {
                [key: string]: string;
            };
            /** @description The failure that it was chosen for; empty when the invoice was not failing. */
            code: components["schemas"]["FailureCode"] | "";
        };
        /** @description What a person can do about a failure, step by step. */
        Remedy: {
            /**
             * @description Steps in HubSpot.
             * @example [
             *       "Correct the contact's email."
             *     ]
             */
            hubspot: string[];
            /**
             * @description Steps in QuickBooks.
             * @example [
             *       "Give the customer the email of the HubSpot contact."
             *     ]
             */
            quickbooks: string[];
            /**
             * @description Steps in this app: with its settings, its connect page, or a resolution.
             * @example [
             *       "Choose the customer, or have it created."
             *     ]
             */
            app: string[];
        };
        /** @description The report of a period, or a page of it. */
        ReportAnswer: {
            /**
             * Format: date
             * @description The first day.
             * @example 2026-01-01
             */
            from: string;
            /**
             * Format: date
             * @description The last day.
             * @example 2026-01-31
             */
            to: string;
            /**
             * @description How far it is. `planned`: it waits to be run. `failed`: `why` says why. `cancelled`: somebody stopped it.
             * @example done
             * @enum {string}
             */
            state: "planning" | "planned" | "running" | "done" | "failed" | "cancelled";
            /**
             * @description What stopped it; empty unless something did.
             * @example
             */
            why: string;
            /** @description Sums by finding and currency, of all rows compared so far. */
            totals: components["schemas"]["ReportTotal"][];
            /** @description Sums by currency, of all findings. */
            wholes: components["schemas"]["ReportWhole"][];
            /** @description What it will cost; null until it is planned. */
            plan: components["schemas"]["ReportPlan"] | null;
            /**
             * @description The last day that has been compared, such as `2026-01-31`; empty before the first.
             * @example 2026-01-31
             */
            doneTo: string;
            /** @description The rows of this page. */
            rows: components["schemas"]["ReportRow"][];
            /**
             * @description The `cursor` of the next page; empty on the last one.
             * @example
             */
            cursor: string;
            /**
             * Format: date-time
             * @description When it was asked for.
             * @example 2026-11-23T13:00:00Z
             */
            requestedAt: string;
            /**
             * Format: date-time
             * @description When it last moved.
             * @example 2026-11-23T13:00:40Z
             */
            updatedAt: string;
        };
        /** @description A link to a file of a report. */
        ReportFileLink: {
            /**
             * @description What the file has.
             * @example Totals
             */
            label: string;
            /**
             * @description The address, for a browser.
             * @example https://abc123.execute-api.us-east-1.amazonaws.com/files/reconciliation?ticket=W10
             */
            url: string;
        };
        /** @description The files of a report, as CSV. */
        ReportFilesAnswer: {
            /** @description The totals, then the invoices, in several files where there are very many. */
            files: components["schemas"]["ReportFileLink"][];
            /**
             * Format: date-time
             * @description When the links end.
             * @example 2026-11-23T13:05:00Z
             */
            expiresAt: string;
        };
        /**
         * @description `matched`: same amount and state. `missing_in_quickbooks`: due in HubSpot and not in QuickBooks. `missing_in_hubspot`: made by this app, and HubSpot no longer has it. `only_in_quickbooks`: somebody entered it in QuickBooks. `amounts_differ`: another total or currency. `status_differs`: open, paid or voided on one side only. `duplicate_suspected`: not linked, but same number and amount; or twice in QuickBooks for one invoice. `unreadable`: one of the two services refuses to return the record, and `reason` says with which words; where it has no id, not even that can be read. `skipped`: not ours to sync, and `reason` says why, such as from before the start, copied in by HubSpot, or stopped by somebody. `not_due`: drafts, and invoices voided before they arrived.
         * @enum {string}
         */
        ReportFinding: "matched" | "missing_in_quickbooks" | "missing_in_hubspot" | "only_in_quickbooks" | "amounts_differ" | "status_differs" | "duplicate_suspected" | "unreadable" | "skipped" | "not_due";
        /** @description What the report will compare and what that costs. */
        ReportPlan: {
            /**
             * @description Invoices dated in the period in HubSpot.
             * @example 20
             */
            invoicesInHubspot: number;
            /**
             * @description Invoices dated in the period in QuickBooks.
             * @example 17
             */
            invoicesInQuickbooks: number;
            /**
             * @description About how many metered reads running it makes at QuickBooks.
             * @example 1
             */
            meteredReads: number;
        };
        /** @description An invoice, or a pair that belongs together. What a side does not have is null or empty. */
        ReportRow: {
            /** @description What the comparison found. */
            finding: components["schemas"]["ReportFinding"];
            /**
             * @description Why the invoice is not synced or could not be compared, where the finding is `skipped`, `not_due` or `unreadable`; else the title of its failure, or empty.
             * @example
             */
            reason: string;
            /**
             * @description HubSpot's id.
             * @example 44446244111
             */
            hubspotId: string;
            /**
             * @description The number in HubSpot.
             * @example INV-2016
             */
            hubspotNumber: string;
            /**
             * @description The invoice date in HubSpot.
             * @example 2026-01-12
             */
            hubspotDate: string | null;
            /**
             * @description The status in HubSpot, in its own words.
             * @example open
             */
            hubspotStatus: string;
            /**
             * @description What HubSpot bills: its total, or 0 for a draft and a voided invoice. So rows add up to the totals.
             * @example 300.00
             */
            hubspotAmount: string | null;
            /**
             * @description What is still to be paid in HubSpot.
             * @example 300.00
             */
            hubspotBalance: string | null;
            /**
             * @description The ISO 4217 code of the row's amounts.
             * @example USD
             */
            currency: string;
            /**
             * @description The customer's name in QuickBooks, else that of the company or contact in HubSpot; empty when neither is known.
             * @example Acme Inc.
             */
            customer: string;
            /**
             * @description When it is due by HubSpot, else by QuickBooks.
             * @example 2026-02-11
             */
            dueDate: string | null;
            /**
             * @description QuickBooks' id.
             * @example 146
             */
            quickbooksId: string;
            /**
             * @description The number in QuickBooks.
             * @example INV-2016
             */
            quickbooksNumber: string;
            /**
             * @description The invoice date in QuickBooks.
             * @example 2026-01-12
             */
            quickbooksDate: string | null;
            /**
             * @description The total in QuickBooks.
             * @example 300.00
             */
            quickbooksAmount: string | null;
            /**
             * @description What is still to be paid in QuickBooks.
             * @example 300.00
             */
            quickbooksBalance: string | null;
            /**
             * @description The exchange rate at which QuickBooks booked it; null where the company has one currency only.
             * @example null
             */
            exchangeRate: string | null;
            /**
             * @description The total in the home currency of the QuickBooks company.
             * @example null
             */
            quickbooksHomeAmount: string | null;
            /**
             * @description The status of our record: `pending`, `synced`, `failing`, `skipped`; empty when there is none.
             * @example synced
             */
            syncStatus: string;
            /**
             * @description The failure of our record; empty when it has none.
             * @example
             */
            failureCode: components["schemas"]["FailureCode"] | "";
        };
        /** @description What the rows with one finding and one currency come to. */
        ReportTotal: {
            /**
             * @description The ISO 4217 code of the currency; empty when it is not known.
             * @example USD
             */
            currency: string;
            /**
             * @description How many rows.
             * @example 12
             */
            invoices: number;
            /**
             * @description What HubSpot bills for them. Drafts and voided invoices bill nothing.
             * @example 9336.73
             */
            hubspot: string;
            /**
             * @description Their amount in QuickBooks.
             * @example 9336.73
             */
            quickbooks: string;
            /**
             * @description QuickBooks' amount less HubSpot's.
             * @example 0.00
             */
            difference: string;
            /** @description What the comparison found. */
            finding: components["schemas"]["ReportFinding"];
        };
        /** @description What all rows of one currency come to. */
        ReportWhole: {
            /**
             * @description The ISO 4217 code of the currency; empty when it is not known.
             * @example USD
             */
            currency: string;
            /**
             * @description How many rows.
             * @example 12
             */
            invoices: number;
            /**
             * @description What HubSpot bills for them. Drafts and voided invoices bill nothing.
             * @example 9336.73
             */
            hubspot: string;
            /**
             * @description Their amount in QuickBooks.
             * @example 9336.73
             */
            quickbooks: string;
            /**
             * @description QuickBooks' amount less HubSpot's.
             * @example 0.00
             */
            difference: string;
        };
        /** @description What a decision did, or would do. */
        ResolutionAnswer: {
            /**
             * @description The decision.
             * @example use_customer
             */
            resolution: components["schemas"]["ResolutionName"];
            /**
             * @description True when the decision is kept and the invoice will be checked; false for a preview.
             * @example true
             */
            done: boolean;
            /**
             * @description What will be done, or would be, in a sentence for the person who decides; empty while an argument is missing.
             * @example This invoice, and all invoices of its contact from now on, will go to the QuickBooks customer "Acme Inc.", even if an email changes.
             */
            says: string;
            /**
             * @description The values that the missing argument may have, the likeliest first. Only in a preview that lacks the argument.
             * @example []
             */
            candidates: components["schemas"]["RankedCandidate"][];
            /**
             * @description What the next check would do after the decision; null when it is done or an argument is missing.
             * @example null
             */
            preview: components["schemas"]["PreviewAnswer"] | null;
            /**
             * @description How many invoices the decision concerns, this one included: the others fail for the same root cause. They are checked as soon as it is made.
             * @example 12
             */
            affects: number;
        };
        /**
         * @description What a person can decide about an invoice (docs/failures.md).
         * @enum {string}
         */
        ResolutionName: "use_customer" | "create_customer" | "move_to_customer" | "keep_customer" | "next_free_name" | "sub_customer" | "use_item" | "service_date_from_billing_start" | "service_date_from_invoice_date" | "reapply_hubspot" | "accept_quickbooks" | "create_again" | "adopt" | "create_anyway" | "next_free_number" | "let_quickbooks_number" | "bring_in" | "rate_is_one" | "settle_payment" | "record_payment" | "stop_syncing" | "resume_syncing";
        /** @description A decision about an invoice. */
        ResolutionRequest: {
            /**
             * @description One of the `resolutions` of the invoice: those of its failure; `bring_in` for one that is skipped because it is from before the start; `resume_syncing` for one that somebody stopped; `stop_syncing` for any that fails for a reason of its own; `use_customer` and `stop_syncing` also for one that is in step.
             * @example use_customer
             * @enum {string}
             */
            resolution: "use_customer" | "create_customer" | "move_to_customer" | "keep_customer" | "next_free_name" | "sub_customer" | "use_item" | "service_date_from_billing_start" | "service_date_from_invoice_date" | "reapply_hubspot" | "accept_quickbooks" | "create_again" | "adopt" | "create_anyway" | "next_free_number" | "let_quickbooks_number" | "bring_in" | "rate_is_one" | "settle_payment" | "record_payment" | "stop_syncing" | "resume_syncing";
            /**
             * @description The QuickBooks customer, for `use_customer` and `sub_customer`.
             * @default
             * @example 58
             */
            customerId: string;
            /**
             * @description The QuickBooks product or service, for `use_item`.
             * @default
             * @example
             */
            itemId: string;
            /**
             * @description For the service date: make it the connection's setting, so that it also holds for all invoices from now on.
             * @default false
             */
            always: boolean;
            /**
             * @description Do nothing: only say what the decision would come to.
             * @default false
             */
            preview: boolean;
        };
        /** @description How far a retry is: that of a cause, of a code, or of all failing invoices. */
        RetryAnswer: {
            /**
             * @description `done`: all of them are on the queue. `failed`: `why` says why. `cancelled`: somebody stopped it.
             * @enum {string}
             */
            state: "running" | "done" | "failed" | "cancelled";
            /**
             * @description What stopped it; empty unless something did.
             * @example
             */
            why: string;
            /**
             * @description The code that it is limited to; empty when it is for all.
             * @example customer_not_found
             */
            code: components["schemas"]["FailureCode"] | "";
            /**
             * @description The cause that it is limited to; empty when it is for a code or for all.
             * @example customer_not_found.3f0c9a71d2e4b685
             */
            cause: string;
            /**
             * @description How many were failing when it began.
             * @example 4000
             */
            total: number;
            /**
             * @description How many have been put on the queue.
             * @example 300
             */
            queued: number;
            /**
             * Format: date-time
             * @description When it was asked for.
             * @example 2026-11-23T13:00:00Z
             */
            requestedAt: string;
            /**
             * Format: date-time
             * @description When it last moved.
             * @example 2026-11-23T13:00:01Z
             */
            updatedAt: string;
        };
        /** @description Some invoices to check again. */
        RetryInvoicesRequest: {
            /**
             * @description HubSpot's ids of the invoices, at most 100.
             * @example [
             *       "44446244111"
             *     ]
             */
            invoiceIds: string[];
        };
        /** @description How many calls a check made. */
        ServiceCalls: {
            /**
             * @description Calls to HubSpot.
             * @example 11
             */
            hubspot: number;
            /**
             * @description Calls to QuickBooks.
             * @example 1
             */
            quickbooks: number;
            /**
             * @description The calls to QuickBooks that Intuit meters.
             * @example 0
             */
            meteredReads: number;
        };
        /** @description What a change does to one setting, in words. */
        SettingChange: {
            /**
             * @description The setting.
             * @example fallbackItemId
             */
            setting: components["schemas"]["SettingName"];
            /**
             * @description What people call it.
             * @example Item for lines that match none
             */
            label: string;
            /**
             * @description What it was: records of QuickBooks by their names. Empty: nothing was set.
             * @example
             */
            before: string;
            /**
             * @description What it is then, in the same words.
             * @example Consulting
             */
            after: string;
        };
        /** @description A record of QuickBooks that a setting can name. */
        SettingChoice: {
            /**
             * @description What the setting gets.
             * @example 21
             */
            id: string;
            /**
             * @description Its name, with the categories or accounts above it.
             * @example Consulting
             */
            name: string;
            /**
             * @description Its type, SKU, rate or days, in words.
             * @example service, SKU CON-HOUR
             */
            about: string;
            /**
             * @description The settings that can have it.
             * @example [
             *       "fallbackItemId",
             *       "feeItemId"
             *     ]
             */
            fits: components["schemas"]["SettingName"][];
        };
        /**
         * @description A setting of the connection, by its name in JSON.
         * @enum {string}
         */
        SettingName: "createCustomers" | "displayName" | "onDisplayNameClash" | "documentNumber" | "serviceDate" | "fallbackItemId" | "feeItemId" | "discountAccountId" | "taxCodeId" | "untaxedCodeId" | "taxCodes" | "terms" | "recordPayments" | "depositAccountId" | "sources" | "nativeSync" | "mayAct";
        /** @description The settings of the connection. */
        SettingsAnswer: {
            /**
             * @description Create a QuickBooks customer when none has the contact's email.
             * @example true
             */
            createCustomers: boolean;
            /**
             * @description What the display name of a new customer is made of.
             * @enum {string}
             */
            displayName: "company" | "person" | "company_person";
            /**
             * @description What to do when the display name is taken: let the invoice fail, or append a number, as in "Acme (2)".
             * @enum {string}
             */
            onDisplayNameClash: "fail" | "number";
            /**
             * @description Whose number the QuickBooks invoice gets.
             * @enum {string}
             */
            documentNumber: "hubspot" | "quickbooks";
            /**
             * @description The service date of a line that has no billing start: none with `billing_start`, else the earliest billing start of the invoice's lines, or the invoice's date. A line that has a billing start always gets it.
             * @enum {string}
             */
            serviceDate: "billing_start" | "earliest_billing_start" | "invoice_date";
            /**
             * @description The item of lines that match no item by SKU or name; empty: they fail.
             * @example 21
             */
            fallbackItemId: string;
            /**
             * @description The item of all fees; empty: the item with the fee's name, else the fallback item.
             * @example
             */
            feeItemId: string;
            /**
             * @description The account of the discount line; empty: QuickBooks' own.
             * @example
             */
            discountAccountId: string;
            /**
             * @description The tax code of taxes that `taxCodes` does not name. Companies in the US with automated sales tax need none.
             * @example
             */
            taxCodeId: string;
            /**
             * @description Outside the US: the tax code of lines without tax (exempt or zero rated).
             * @example
             */
            untaxedCodeId: string;
            /**
             * @description HubSpot tax -> id of a QuickBooks tax code. A tax is named by its label, that of a line item also by the id of its tax rate.
             * @example {
             *       "VAT": "2"
             *     }
             */
            taxCodes: {
                [key: string]: string;
            };
            /**
             * @description Days until the invoice is due, from 0 to 365 -> id of a QuickBooks term.
             * @example {
             *       "30": "3"
             *     }
             */
            terms: {
                [key: string]: string;
            };
            /**
             * @description Record payments that HubSpot took.
             * @example true
             */
            recordPayments: boolean;
            /**
             * @description The account that payments go to; empty: QuickBooks' own choice, Undeposited Funds.
             * @example
             */
            depositAccountId: string;
            /**
             * @description The values of HubSpot's property `hs_invoice_source`, in any case, of invoices that are made in HubSpot. Others are skipped with their source as the reason; an invoice without a source is synced, one that HubSpot copied in (`data_sync`) never is.
             * @example [
             *       "hubspot"
             *     ]
             */
            sources: string[];
            /**
             * @description Whether HubSpot's own QuickBooks sync is on for the same accounts. Unless it never was, QuickBooks is looked through before an invoice is first created, and one of the same customer, date and total is asked about: a metered read for each batch.
             * @enum {string}
             */
            nativeSync: "never" | "was_on" | "on";
            /**
             * @description The emails or HubSpot user ids of the people who may decide, retry and change settings, or `everyone`. Whoever connected the portal last always may. Empty: only that person, or everyone while nobody knows who that is.
             * @example [
             *       "pat@example.com"
             *     ]
             */
            mayAct: string[];
        };
        /** @description What was changed, or would be. */
        SettingsChangeAnswer: {
            /** @description All settings after the change. */
            settings: components["schemas"]["SettingsAnswer"];
            /** @description The settings that differ; those that had the value before are left out. */
            changes: components["schemas"]["SettingChange"][];
            /**
             * @description How many failing invoices are tried again, because they may have failed for what is changed.
             * @example 12
             */
            retries: number;
            /** @description False in a preview: nothing was changed. */
            done: boolean;
        };
        /**
         * @description The settings to change. One that is left out, or null, stays as it is. A map or a list is
         *     replaced as a whole.
         */
        SettingsChangeRequest: {
            /**
             * @description Change nothing; answer with what would change.
             * @default false
             * @example true
             */
            preview: boolean;
            /**
             * @description Create a QuickBooks customer when none has the contact's email.
             * @example true
             */
            createCustomers?: boolean | null;
            /** @description What the display name of a new customer is made of. */
            displayName?: ("company" | "person" | "company_person") | null;
            /** @description What to do when the display name is taken: let the invoice fail, or append a number, as in "Acme (2)". */
            onDisplayNameClash?: ("fail" | "number") | null;
            /** @description Whose number the QuickBooks invoice gets. */
            documentNumber?: ("hubspot" | "quickbooks") | null;
            /** @description The service date of a line that has no billing start: none with `billing_start`, else the earliest billing start of the invoice's lines, or the invoice's date. A line that has a billing start always gets it. */
            serviceDate?: ("billing_start" | "earliest_billing_start" | "invoice_date") | null;
            /**
             * @description The item of lines that match no item by SKU or name; empty: they fail.
             * @example 21
             */
            fallbackItemId?: string | null;
            /**
             * @description The item of all fees; empty: the item with the fee's name, else the fallback item.
             * @example
             */
            feeItemId?: string | null;
            /**
             * @description The account of the discount line; empty: QuickBooks' own.
             * @example
             */
            discountAccountId?: string | null;
            /**
             * @description The tax code of taxes that `taxCodes` does not name. Companies in the US with automated sales tax need none.
             * @example
             */
            taxCodeId?: string | null;
            /**
             * @description Outside the US: the tax code of lines without tax (exempt or zero rated).
             * @example
             */
            untaxedCodeId?: string | null;
            /**
             * @description HubSpot tax -> id of a QuickBooks tax code. A tax is named by its label, that of a line item also by the id of its tax rate.
             * @example {
             *       "VAT": "2"
             *     }
             */
            taxCodes?: {
                [key: string]: string;
            } | null;
            /**
             * @description Days until the invoice is due, from 0 to 365 -> id of a QuickBooks term.
             * @example {
             *       "30": "3"
             *     }
             */
            terms?: {
                [key: string]: string;
            } | null;
            /**
             * @description Record payments that HubSpot took.
             * @example true
             */
            recordPayments?: boolean | null;
            /**
             * @description The account that payments go to; empty: QuickBooks' own choice, Undeposited Funds.
             * @example
             */
            depositAccountId?: string | null;
            /**
             * @description The values of HubSpot's property `hs_invoice_source`, in any case, of invoices that are made in HubSpot. Others are skipped with their source as the reason; an invoice without a source is synced, one that HubSpot copied in (`data_sync`) never is.
             * @example [
             *       "hubspot"
             *     ]
             */
            sources?: string[] | null;
            /** @description Whether HubSpot's own QuickBooks sync is on for the same accounts. Unless it never was, QuickBooks is looked through before an invoice is first created, and one of the same customer, date and total is asked about: a metered read for each batch. */
            nativeSync?: ("never" | "was_on" | "on") | null;
            /**
             * @description The emails or HubSpot user ids of the people who may decide, retry and change settings, or `everyone`. Whoever connected the portal last always may. Empty: only that person, or everyone while nobody knows who that is.
             * @example [
             *       "pat@example.com"
             *     ]
             */
            mayAct?: string[] | null;
        };
        /** @description All settings of the connection. What is left out goes back to its default. */
        SettingsRequest: {
            /**
             * @description Create a QuickBooks customer when none has the contact's email.
             * @default false
             * @example true
             */
            createCustomers: boolean;
            /**
             * @description What the display name of a new customer is made of.
             * @default company
             * @enum {string}
             */
            displayName: "company" | "person" | "company_person";
            /**
             * @description What to do when the display name is taken: let the invoice fail, or append a number, as in "Acme (2)".
             * @default fail
             * @enum {string}
             */
            onDisplayNameClash: "fail" | "number";
            /**
             * @description Whose number the QuickBooks invoice gets.
             * @default hubspot
             * @enum {string}
             */
            documentNumber: "hubspot" | "quickbooks";
            /**
             * @description The service date of a line that has no billing start: none with `billing_start`, else the earliest billing start of the invoice's lines, or the invoice's date. A line that has a billing start always gets it.
             * @default billing_start
             * @enum {string}
             */
            serviceDate: "billing_start" | "earliest_billing_start" | "invoice_date";
            /**
             * @description The item of lines that match no item by SKU or name; empty: they fail.
             * @default
             * @example 21
             */
            fallbackItemId: string;
            /**
             * @description The item of all fees; empty: the item with the fee's name, else the fallback item.
             * @default
             * @example
             */
            feeItemId: string;
            /**
             * @description The account of the discount line; empty: QuickBooks' own.
             * @default
             * @example
             */
            discountAccountId: string;
            /**
             * @description The tax code of taxes that `taxCodes` does not name. Companies in the US with automated sales tax need none.
             * @default
             * @example
             */
            taxCodeId: string;
            /**
             * @description Outside the US: the tax code of lines without tax (exempt or zero rated).
             * @default
             * @example
             */
            untaxedCodeId: string;
            /**
             * @description HubSpot tax -> id of a QuickBooks tax code. A tax is named by its label, that of a line item also by the id of its tax rate.
             * @default {}
             * @example {
             *       "VAT": "2"
             *     }
             */
            taxCodes: {
                [key: string]: string;
            };
            /**
             * @description Days until the invoice is due, from 0 to 365 -> id of a QuickBooks term.
             * @default {}
             * @example {
             *       "30": "3"
             *     }
             */
            terms: {
                [key: string]: string;
            };
            /**
             * @description Record payments that HubSpot took.
             * @default true
             * @example true
             */
            recordPayments: boolean;
            /**
             * @description The account that payments go to; empty: QuickBooks' own choice, Undeposited Funds.
             * @default
             * @example
             */
            depositAccountId: string;
            /**
             * @description The values of HubSpot's property `hs_invoice_source`, in any case, of invoices that are made in HubSpot. Others are skipped with their source as the reason; an invoice without a source is synced, one that HubSpot copied in (`data_sync`) never is.
             * @default [
             *       "hubspot"
             *     ]
             * @example [
             *       "hubspot"
             *     ]
             */
            sources: string[];
            /**
             * @description Whether HubSpot's own QuickBooks sync is on for the same accounts. Unless it never was, QuickBooks is looked through before an invoice is first created, and one of the same customer, date and total is asked about: a metered read for each batch.
             * @default never
             * @enum {string}
             */
            nativeSync: "never" | "was_on" | "on";
            /**
             * @description The emails or HubSpot user ids of the people who may decide, retry and change settings, or `everyone`. Whoever connected the portal last always may. Empty: only that person, or everyone while nobody knows who that is.
             * @default []
             * @example [
             *       "pat@example.com"
             *     ]
             */
            mayAct: string[];
        };
        /** @description A check of the invoice that changed something. */
        SyncAttempt: {
            /**
             * Format: date-time
             * @description When it ended.
             * @example 2026-11-20T09:15:02Z
             */
            at: string;
            /** @description What made the system check it. */
            trigger: components["schemas"]["TriggerName"];
            /**
             * @description The sender's name of the event, such as a webhook's subscription type or a resolution; empty when there is none.
             * @example object.creation
             */
            event: string;
            /**
             * @description What was to be done: `create`, `update`, `void`, `inStep`, `skip`, `fail`; empty when nothing could be decided.
             * @example create
             */
            decided: string;
            /**
             * @description What came of it, such as `created`, `updated`, `adopted`, `payment recorded` or `failed`.
             * @example created
             */
            action: string;
            /**
             * @description The status of the invoice afterwards.
             * @example synced
             * @enum {string}
             */
            status: "pending" | "synced" | "failing" | "skipped";
            /**
             * @description The failure that the invoice has afterwards; empty when it has none.
             * @example
             */
            code: components["schemas"]["FailureCode"] | "";
            /**
             * @description How long the whole check took, in milliseconds.
             * @example 1240
             */
            durationMs: number;
            /** @description The calls that the whole check made; null when nobody counted them. */
            calls: components["schemas"]["ServiceCalls"] | null;
            /**
             * @description How many invoices shared the check: duration and calls are of all of them.
             * @example 1
             */
            invoices: number;
            /**
             * @description Intuit's id of the call that wrote or was refused, for its support; empty when there was none.
             * @example 1-6741ac2e-0f3d5a7b1c9e4d8f2a6b
             */
            intuitTid: string;
        };
        /** @description How an invoice stands, and how it came to that. */
        SyncStatusAnswer: {
            /**
             * @description HubSpot's id of the invoice.
             * @example 44446244111
             */
            invoiceId: string;
            /**
             * @description The invoice's number in HubSpot; empty when it has not been read yet.
             * @example INV-2016
             */
            number: string;
            /**
             * @description What HubSpot bills; empty when it must be a mistake.
             * @example 1200.00
             */
            amount: string;
            /**
             * @description The ISO 4217 code of the amount's currency.
             * @example USD
             */
            currency: string;
            /**
             * @description The invoice's date.
             * @example 2026-11-20
             */
            date: string;
            /**
             * @description When it is due.
             * @example 2026-12-20
             */
            dueDate: string;
            /**
             * @description The name of the contact who pays.
             * @example Nora Wind
             */
            customer: string;
            /**
             * @description The name of the company in HubSpot.
             * @example Acme Inc.
             */
            company: string;
            /**
             * @description When somebody retried it or decided about it, while it waits for the check that follows; else null.
             * @example null
             */
            queuedAt: string | null;
            /**
             * @description `pending`: being worked on, or in trouble that may pass, for at most 15 minutes. `synced`: in step. `failing`: `failure` says why; only these are counted. `skipped`: `reason` says why. `unknown`: this app has not heard of the invoice yet.
             * @example synced
             * @enum {string}
             */
            status: "unknown" | "pending" | "synced" | "failing" | "skipped";
            /**
             * @description Why the invoice is skipped; empty otherwise.
             * @example
             */
            reason: string;
            /**
             * @description When the invoice was last found or brought in step; null before that.
             * @example 2026-11-20T09:15:02Z
             */
            syncedAt: string | null;
            /** @description The invoice in QuickBooks; null when it is not there. */
            quickbooks: components["schemas"]["QuickBooksReference"] | null;
            /** @description What has been paid; null when the status is `unknown`. */
            payment: components["schemas"]["PaymentStatus"] | null;
            /**
             * @description What the invoice in QuickBooks lacks because QuickBooks does not take it.
             * @example []
             */
            leftOut: components["schemas"]["LeftOutValue"][];
            /**
             * @description Why the invoice is failing; null when it is not.
             * @example null
             */
            failure: components["schemas"]["ExplainedFailure"] | null;
            /** @description What a person can decide about the invoice now, be it failing or not: `bring_in` for one that is skipped because it is from before the start, `resume_syncing` for one that somebody stopped. */
            resolutions: components["schemas"]["OfferedResolution"][];
            /** @description The last checks of the invoice that changed something, newest first. They are kept for a limited time. */
            attempts: components["schemas"]["SyncAttempt"][];
            /**
             * @description What people decided about the invoice, newest first. Decisions are kept for ten years.
             * @example []
             */
            decisions: components["schemas"]["RecordedDecision"][];
            /** @description True when somebody stopped syncing the invoice; the resolution `resume_syncing` undoes that. */
            stopped: boolean;
            /**
             * @description Why the properties on HubSpot's own invoice do not show the status; empty when they do.
             * @example
             */
            notShown: string;
            /**
             * @description Whether the user who asks may decide and retry.
             * @example true
             */
            mayAct: boolean;
            /**
             * @description Whether both systems are connected. If not, the invoice is shown as it was at the last look, and later changes have not reached QuickBooks.
             * @example true
             */
            connected: boolean;
        };
        /**
         * @description What made the system check an invoice. `status`: only the properties on HubSpot's invoice were to be written again.
         * @enum {string}
         */
        TriggerName: "webhook" | "retry" | "sweep" | "backfill" | "report" | "resolve" | "status" | "deletion";
        /** @description An amount that is in no book. */
        UnrecordedAmount: {
            /** @description What kind of money it is. */
            kind: components["schemas"]["UnrecordedKindName"];
            /**
             * @description HubSpot's id of the invoice. For a payment of several invoices it is the id of one of them.
             * @example 44446244111
             */
            invoiceId: string;
            /**
             * @description The invoice's number in HubSpot; empty when it has none.
             * @example INV-2016
             */
            number: string;
            /**
             * @description HubSpot's id of the payment; empty with `lowered`.
             * @example 88123
             */
            hubspotId: string;
            /**
             * @description The amount; empty when HubSpot's value cannot be read.
             * @example 250.00
             */
            amount: string;
            /**
             * @description The ISO 4217 code of its currency.
             * @example USD
             */
            currency: string;
            /**
             * @description The day it was paid, in the portal's time zone, such as `2026-11-20`; empty when that is not known.
             * @example 2026-11-20
             */
            date: string;
            /**
             * @description Why it is in no book, in words for people.
             * @example It is recorded once the invoice itself is in QuickBooks.
             */
            reason: string;
            /**
             * Format: date-time
             * @description Since when this app knows of it.
             * @example 2026-11-20T09:15:00Z
             */
            since: string;
        };
        /** @description A page of amounts that are in no book, by invoice, the newest first. */
        UnrecordedAnswer: {
            /** @description The amounts of this page. */
            amounts: components["schemas"]["UnrecordedAmount"][];
            /**
             * @description The `cursor` of the next page; empty on the last one.
             * @example
             */
            cursor: string;
        };
        /**
         * @description How much money of the portal's invoices is in no book; `GET /v1/payments/unrecorded` lists
         *     it.
         */
        UnrecordedCount: {
            /**
             * @description How many payments came in and are in no book.
             * @example 2
             */
            payments: number;
            /**
             * @description How many refunds, or payments that were lost later, are in no book.
             * @example 1
             */
            refunds: number;
            /**
             * @description For how many invoices HubSpot says that less is owed than QuickBooks does, while no payment says why.
             * @example 0
             */
            lowered: number;
            /** @description Their sums by kind and currency, without amounts that cannot be read or that must be a mistake. */
            sums: components["schemas"]["UnrecordedSum"][];
        };
        /**
         * @description `payment`: money that came in. `refund`: money that went back to the customer, or that was lost in a dispute. `lowered`: HubSpot says that less is owed than QuickBooks does, such as after a credit memo.
         * @enum {string}
         */
        UnrecordedKindName: "payment" | "refund" | "lowered";
        /** @description What amounts of one kind and currency come to. */
        UnrecordedSum: {
            /** @description What kind of money it is. */
            kind: components["schemas"]["UnrecordedKindName"];
            /**
             * @description The ISO 4217 code of its currency.
             * @example USD
             */
            currency: string;
            /**
             * @description The sum.
             * @example 1250.00
             */
            amount: string;
        };
        /** @description The user who asks. */
        You: {
            /**
             * @description The signed email; empty when HubSpot sent none.
             * @example pat@example.com
             */
            email: string;
            /**
             * @description Whether the user may decide, retry and change settings. True without a connection: there is nothing to act on.
             * @example true
             */
            mayAct: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getSyncStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description HubSpot's id of the invoice. */
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncStatusAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description HubSpot's id of the invoice. */
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invoice is on the queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description HubSpot's id of the invoice. */
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What would be done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The portal is not connected, or HubSpot has no such invoice. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks must be connected again first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description People of this portal have asked for 30 previews and searches within a minute. Try again in a minute. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks refused what this app asked for. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks does not answer. Try again in a moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resolveInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description HubSpot's id of the invoice. */
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResolutionRequest"];
            };
        };
        responses: {
            /** @description What has been decided; with `preview`, what it would come to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResolutionAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not done, and `detail` says why: the failure does not offer the resolution, an argument is missing, or the invoice in QuickBooks has changed since it was looked at, has payments, lies in a closed period, or is not the same invoice. Or HubSpot or QuickBooks must be connected again first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description People of this portal have asked for 30 previews and searches within a minute. Try again in a minute. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks refused what this app asked for. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks does not answer. Try again in a moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    countFailures: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FailureCountAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFailures: {
        parameters: {
            query?: {
                /** @description Only failures with this code of the failure catalogue. Left out: all. */
                code?: "" | "customer_not_found" | "customer_differs" | "duplicate_display_name" | "service_date_required" | "modified_outside_hubspot" | "duplicate_document_number" | "possible_duplicate" | "opening_unknown" | "item_not_found" | "item_ambiguous" | "inventory_quantity" | "inventory_not_started" | "reference_inactive" | "closed_period" | "currency_mismatch" | "total_mismatch" | "total_below_zero" | "too_many_digits" | "document_number_too_long" | "tax_code_missing" | "payment_not_recorded" | "subscription_lapsed" | "reconnect_required" | "hubspot_record_gone" | "record_unreadable" | "quickbooks_error" | "quickbooks_unavailable" | "hubspot_unavailable" | "rate_limited" | "unexpected";
                /** @description Only failures with this cause, as the list grouped by cause names it. Left out: all. */
                cause?: string;
                /** @description Only invoices in this currency (ISO 4217). Left out: all. */
                currency?: string;
                /** @description Only invoices with this text in their number, or in the name of their customer or company. Upper and lower case are the same. Left out: all. */
                search?: string;
                /** @description `cause`: answer with the root causes instead of the invoices. It can be combined with `code` only. */
                groupBy?: "" | "cause";
                /** @description The `cursor` of the page before; left out for the first page. */
                cursor?: string;
                /** @description At most this many on a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of failing invoices; with `groupBy=cause` a page of causes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FailuresAnswer"] | components["schemas"]["CausesAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRetry: {
        parameters: {
            query?: {
                /** @description Only failures with this code of the failure catalogue. Left out: all. */
                code?: "" | "customer_not_found" | "customer_differs" | "duplicate_display_name" | "service_date_required" | "modified_outside_hubspot" | "duplicate_document_number" | "possible_duplicate" | "opening_unknown" | "item_not_found" | "item_ambiguous" | "inventory_quantity" | "inventory_not_started" | "reference_inactive" | "closed_period" | "currency_mismatch" | "total_mismatch" | "total_below_zero" | "too_many_digits" | "document_number_too_long" | "tax_code_missing" | "payment_not_recorded" | "subscription_lapsed" | "reconnect_required" | "hubspot_record_gone" | "record_unreadable" | "quickbooks_error" | "quickbooks_unavailable" | "hubspot_unavailable" | "rate_limited" | "unexpected";
                /** @description Only failures with this cause, as the list grouped by cause names it. Left out: all. */
                cause?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The retry. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description These failures have not been retried. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryFailures: {
        parameters: {
            query?: {
                /** @description Only failures with this code of the failure catalogue. Left out: all. */
                code?: "" | "customer_not_found" | "customer_differs" | "duplicate_display_name" | "service_date_required" | "modified_outside_hubspot" | "duplicate_document_number" | "possible_duplicate" | "opening_unknown" | "item_not_found" | "item_ambiguous" | "inventory_quantity" | "inventory_not_started" | "reference_inactive" | "closed_period" | "currency_mismatch" | "total_mismatch" | "total_below_zero" | "too_many_digits" | "document_number_too_long" | "tax_code_missing" | "payment_not_recorded" | "subscription_lapsed" | "reconnect_required" | "hubspot_record_gone" | "record_unreadable" | "quickbooks_error" | "quickbooks_unavailable" | "hubspot_unavailable" | "rate_limited" | "unexpected";
                /** @description Only failures with this cause, as the list grouped by cause names it. Left out: all. */
                cause?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The retry, begun or running already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Only some jobs can be under way at a time. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelRetry: {
        parameters: {
            query?: {
                /** @description Only failures with this code of the failure catalogue. Left out: all. */
                code?: "" | "customer_not_found" | "customer_differs" | "duplicate_display_name" | "service_date_required" | "modified_outside_hubspot" | "duplicate_document_number" | "possible_duplicate" | "opening_unknown" | "item_not_found" | "item_ambiguous" | "inventory_quantity" | "inventory_not_started" | "reference_inactive" | "closed_period" | "currency_mismatch" | "total_mismatch" | "total_below_zero" | "too_many_digits" | "document_number_too_long" | "tax_code_missing" | "payment_not_recorded" | "subscription_lapsed" | "reconnect_required" | "hubspot_record_gone" | "record_unreadable" | "quickbooks_error" | "quickbooks_unavailable" | "hubspot_unavailable" | "rate_limited" | "unexpected";
                /** @description Only failures with this cause, as the list grouped by cause names it. Left out: all. */
                cause?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The retry, cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description These failures have not been retried. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The retry has ended already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvoices: {
        parameters: {
            query: {
                /** @description HubSpot's ids of the invoices, with commas between, at most 100. */
                ids: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How they stand. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoicesAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryInvoices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetryInvoicesRequest"];
            };
        };
        responses: {
            /** @description The invoices are on the queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchCustomers: {
        parameters: {
            query: {
                /** @description What the name, the email or the SKU contains. White space stands for anything between two words. */
                search: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most 25, the likeliest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CandidatesAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks must be connected again first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description People of this portal have asked for 30 previews and searches within a minute. Try again in a minute. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks refused what this app asked for. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks does not answer. Try again in a moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchItems: {
        parameters: {
            query: {
                /** @description What the name, the email or the SKU contains. White space stands for anything between two words. */
                search: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most 25, the likeliest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CandidatesAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks must be connected again first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description People of this portal have asked for 30 previews and searches within a minute. Try again in a minute. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks refused what this app asked for. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks does not answer. Try again in a moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUnrecorded: {
        parameters: {
            query?: {
                /** @description The `cursor` of the page before; left out for the first page. */
                cursor?: string;
                /** @description At most this many on a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of amounts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnrecordedAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReport: {
        parameters: {
            query?: {
                /** @description The first day of the period. Left out together with `to`: the period that was asked for last. */
                from?: string | null;
                /** @description The last day of the period. */
                to?: string | null;
                /** @description Only rows with this finding. Left out: all. */
                finding?: "" | "matched" | "missing_in_quickbooks" | "missing_in_hubspot" | "only_in_quickbooks" | "amounts_differ" | "status_differs" | "duplicate_suspected" | "unreadable" | "skipped" | "not_due";
                /** @description The `cursor` of the page before; left out for the first page. */
                cursor?: string;
                /** @description At most this many rows on a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report and a page of its rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The portal is not connected, or no report of this period has been planned. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestReport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PeriodRequest"];
            };
        };
        responses: {
            /** @description The report as it stands, without rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Only a planned report can be run, and only some jobs at a time. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A period lies between 2000-01-01 and a year from today. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    linkReportFiles: {
        parameters: {
            query?: {
                /** @description The first day of the period. Left out together with `to`: the period that was asked for last. */
                from?: string | null;
                /** @description The last day of the period. */
                to?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Links to the files. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportFilesAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The portal is not connected, or no report of this period has been planned. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The report is not done, so there are no files of it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReportFile: {
        parameters: {
            query: {
                /** @description The ticket in the link, as this app made it. */
                ticket: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description The ticket is missing. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The link has expired, or this app did not make it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The report has been run again since. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelReport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelRequest"];
            };
        };
        responses: {
            /** @description The report, cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The portal is not connected, or there is no such report. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The report has ended already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBackfill: {
        parameters: {
            query?: {
                /** @description The first day of the period. Left out together with `to`: the period that was asked for last. */
                from?: string | null;
                /** @description The last day of the period. */
                to?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its plan and its progress. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The portal is not connected, or no backfill of this period has been planned. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestBackfill: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PeriodRequest"];
            };
        };
        responses: {
            /** @description The backfill as it stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Only a planned backfill can be run, and only some jobs at a time. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A period lies between 2000-01-01 and a year from today. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelBackfill: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelRequest"];
            };
        };
        responses: {
            /** @description The backfill, cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The portal is not connected, or there is no such backfill. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The backfill has ended already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All settings. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replaceSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsRequest"];
            };
        };
        responses: {
            /** @description All settings, as they are now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsAnswer"];
                };
            };
            /** @description The body is not valid, or a setting names something that QuickBooks does not have or that does not fit (`setting_invalid`). Then nothing is changed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks must be connected again first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks refused what this app asked for. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks does not answer. Try again in a moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsChangeRequest"];
            };
        };
        responses: {
            /** @description What was changed; with `preview`, what would be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsChangeAnswer"];
                };
            };
            /** @description The body is not valid, or a setting names something that QuickBooks does not have or that does not fit (`setting_invalid`). Then nothing is changed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks must be connected again first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body has more than 1 MB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks refused what this app asked for. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks does not answer. Try again in a moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listChoices: {
        parameters: {
            query?: {
                /** @description Read from QuickBooks now, whatever is kept. */
                refresh?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the settings can name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChoicesAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: `refresh` is for those who may act. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks must be connected again first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description People of this portal have asked for 30 previews and searches within a minute. Try again in a minute. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks refused what this app asked for. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HubSpot or QuickBooks does not answer. Try again in a moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConnection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disconnect: {
        parameters: {
            query?: {
                /** @description Also delete all that this app keeps for the account: records, histories, settings, what people did. It begins after ten minutes and cannot be undone. Then the account can be connected to any company, and begins anew. */
                deleteData?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection has ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DisconnectAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This user may only view: the settings name the people who may do this. Or: This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This portal is not connected to QuickBooks. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description The `cursor` of the page before; left out for the first page. */
                cursor?: string;
                /** @description At most this many on a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of what people did. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditAnswer"];
                };
            };
            /** @description A parameter or a field of the body is missing or not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has no valid HubSpot signature, or is older than five minutes. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This app does not work for the HubSpot account: its owner names the accounts. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It runs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthAnswer"];
                };
            };
            /** @description Something went wrong in this app; its log has the details. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
