"""Three tables that no reader knows, and what a person says of them."""

BANK = (
    "Meine Bank;;\n"
    "Buchungstag;Betrag;Währung;Gebühr;Verwendungszweck\n"
    '31.01.2024;1.234,56;EUR;;"Gehalt; Januar"\n'
    "01.02.2024;-0,00000001;BTC;;Staub\n"
    "02.02.2024 18:30;-20,00;EUR;0,50;Miete\n"
)
BANK_TOML = """\
name = "Meine Bank"
date = "%d.%m.%Y %H:%M|%d.%m.%Y"
zone = "Europe/Berlin"
decimal_mark = ","

[columns]
time = "Buchungstag"
amount = "Betrag"
asset = "Währung"
fee = "Gebühr"
note = "Verwendungszweck"
type = "Verwendungszweck"

[types]
"Miete" = "payment"
"Gehalt; Januar" = "auto"
"Staub" = "auto"
"""

LEGS = (
    "Order,Time,Coin,Change,Fee\n"
    "A-1,2024-05-01 10:00:00,BTC,0.01,\n"
    "A-1,2024-05-01 10:00:00,EUR,-100.10,0.15\n"
    ",2024-05-01 11:00:00,ETH,5,\n"
    "A-1,2024-05-01 10:00:01,EUR,-200.20,0.30\n"
    "A-2,2024-05-02 10:00:00,ETH,-2,\n"
    "A-2,2024-05-02 10:00:00,SOL,-1,\n"
    "A-2,2024-05-02 10:00:00,DOT,7,0.1\n"
    "A-3,2024-05-03 10:00:00,BNB,,1\n"
)
LEGS_TOML = """\
name = "Legs"
joins = "Order"

[columns]
time = "Time"
amount = "Change"
asset = "Coin"
fee = "Fee"
"""

SHEET = (
    "Tag;Ein;Aus;Kosten;Was\n"
    "45322.5868055556;0.1;;;Kauf\n"
    "45351;;0.123456789012345678901234567890123456;0.0001;\n"
    "45352.99999421296;3;;;Zins\n"
)
SHEET_TOML = """\
name = "Sheet"
sign = "columns"
date = "excel"

[columns]
time = "Tag"
received = "Ein"
sent = "Aus"
fee = "Kosten"
type = "Was"

[constants]
asset = "BTC"

[types]
Kauf = "deposit"
Zins = "reward"
"""
