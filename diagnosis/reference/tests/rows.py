from datetime import datetime

from page.models import Transaction


def row(n: int) -> Transaction:
    moment = datetime(2026, 1, 1, second=n // 20)
    wallet, asset = "AB"[n % 2], "ETH"
    return Transaction(
        id=n, occurred_at=moment, wallet=wallet, address="a", type="in", asset=asset, amount=1
    )
