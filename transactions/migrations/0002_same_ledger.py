from django.db import migrations

from ledgers.constraints import SameLedger
from txproject.operations import together

ROWS = "transactions_transaction"


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0001_initial"),
        ("contacts", "0003_same_ledger"),
    ]

    operations = together([
        SameLedger(ROWS, "wallet_id", "contacts_wallet"),
        SameLedger(ROWS, "own_address_id", "contacts_address"),
        SameLedger(ROWS, "counterparty_id", "contacts_address"),
        SameLedger(ROWS, "contact_id", "contacts_contact"),
        SameLedger(ROWS, "sent_asset_id", "transactions_asset"),
        SameLedger(ROWS, "received_asset_id", "transactions_asset"),
        SameLedger(ROWS, "fee_asset_id", "transactions_asset"),
        SameLedger(ROWS, "batch_id", "transactions_importbatch"),
        SameLedger("transactions_importbatch", "wallet_id", "contacts_wallet"),
        SameLedger("transactions_sourceline", "wallet_id", "contacts_wallet"),
        SameLedger("transactions_sourceline", "transaction_id", ROWS),
        SameLedger("transactions_transactionlabel", "transaction_id", ROWS),
        SameLedger("transactions_transactionlabel", "label_id", "transactions_label"),
    ])
