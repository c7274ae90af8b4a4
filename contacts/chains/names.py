import re
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.chains.types import AddressError

# Chain and the coin that its fees are paid in.
EVM_CHAINS = {
    "ethereum": "ETH",
    "arbitrum": "ETH",
    "arbitrum-nova": "ETH",
    "avalanche": "AVAX",
    "base": "ETH",
    "berachain": "BERA",
    "blast": "ETH",
    "bsc": "BNB",
    "celo": "CELO",
    "cronos": "CRO",
    "ethereum-classic": "ETC",
    "fantom": "FTM",
    "gnosis": "XDAI",
    "linea": "ETH",
    "mantle": "MNT",
    "moonbeam": "GLMR",
    "moonriver": "MOVR",
    "opbnb": "BNB",
    "optimism": "ETH",
    "polygon": "POL",
    "polygon-zkevm": "ETH",
    "pulsechain": "PLS",
    "ronin": "RON",
    "rootstock": "RBTC",
    "scroll": "ETH",
    "sonic": "S",
    "unichain": "ETH",
    "world-chain": "ETH",
    "zksync": "ETH",
}

# The numbers that the chains have in wallets (EIP-155).
EVM_CHAIN_IDS = {
    1: "ethereum",
    10: "optimism",
    25: "cronos",
    30: "rootstock",
    56: "bsc",
    61: "ethereum-classic",
    100: "gnosis",
    130: "unichain",
    137: "polygon",
    146: "sonic",
    204: "opbnb",
    250: "fantom",
    324: "zksync",
    369: "pulsechain",
    480: "world-chain",
    1101: "polygon-zkevm",
    1284: "moonbeam",
    1285: "moonriver",
    2020: "ronin",
    5000: "mantle",
    8453: "base",
    42161: "arbitrum",
    42170: "arbitrum-nova",
    42220: "celo",
    43114: "avalanche",
    59144: "linea",
    80094: "berachain",
    81457: "blast",
    534352: "scroll",
}


class Family(NamedTuple):
    symbol: str
    name: str | Promise


# Chains that write their addresses alike; an address is the same one on all chains of a family.
FAMILIES = {
    "evm": Family("EVM", gettext_lazy("EVM, every chain")),
    "algorand": Family("ALGO", "Algorand"),
    "bitcoin": Family("BTC", "Bitcoin"),
    "bitcoin-cash": Family("BCH", "Bitcoin Cash"),
    "cardano": Family("ADA", "Cardano"),
    "cosmos": Family("ATOM", "Cosmos"),
    "dash": Family("DASH", "Dash"),
    "dogecoin": Family("DOGE", "Dogecoin"),
    "litecoin": Family("LTC", "Litecoin"),
    "monero": Family("XMR", "Monero"),
    "multiversx": Family("EGLD", "MultiversX"),
    "solana": Family("SOL", "Solana"),
    "stellar": Family("XLM", "Stellar"),
    "substrate": Family("DOT", "Polkadot, Kusama"),
    "tezos": Family("XTZ", "Tezos"),
    "ton": Family("TON", "TON"),
    "tron": Family("TRX", "Tron"),
    "xrp": Family("XRP", "XRP Ledger"),
    "zcash": Family("ZEC", "Zcash"),
}


def family(name: str) -> Family:
    """An unknown one, which only another program can have written, by the name that it has."""
    return FAMILIES.get(name) or Family(name.upper(), name)


_FAMILY_OF = (
    dict.fromkeys(EVM_CHAINS, "evm")
    | {coin.lower(): "evm" for coin in EVM_CHAINS.values()}
    | {family.symbol.lower(): name for name, family in FAMILIES.items()}
    | {name: name for name in FAMILIES}
    # What explorers, exchanges and address books write instead.
    | dict.fromkeys(["polkadot", "kusama", "ksm"], "substrate")
    | dict.fromkeys(["osmosis", "celestia", "injective", "dydx", "terra"], "cosmos")
    | dict.fromkeys(["arbitrum-one", "avax-c", "binance-sc", "matic", "polygon-pos"], "evm")
    | dict.fromkeys(["bep20", "binance-smart-chain", "erc20", "op", "zksync-era"], "evm")
    | {"ripple": "xrp", "trc20": "tron"}
)


def family_of(chain: str) -> str:
    """The family of a chain named by its name or its coin; AddressError where it is not known."""
    try:
        return _FAMILY_OF[re.sub(r"[\s_-]+", "-", chain.strip().lower())]
    except KeyError:
        raise AddressError(_("“%s” is no chain that is known here.") % chain.strip()) from None


def short(shown: str) -> str:
    """0x3f5C…8bE2: as much of both ends as people compare; an XRP tag stays whole."""
    address, colon, tag = shown.partition(":")
    # What stands before every address of a chain (cosmos1) tells nothing: three more.
    prefix = re.match(r"[a-z]+1(?=[02-9ac-hj-np-z]+$)", address)
    head = max(6, prefix.end() + 3 if prefix else 0)
    if len(address) > head + 7:
        address = f"{address[:head]}…{address[-4:]}"
    return address + colon + tag
