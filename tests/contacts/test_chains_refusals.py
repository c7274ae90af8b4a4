import pytest

from contacts.chains import AddressError, normalise

EIP55 = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
CASHADDR = "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
COSMOS = "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh"
XRP = "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
SOLANA = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
STELLAR = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
ALGORAND = "VCMJKWOY5P5P7SKMZFFOCEROPJCZOTIJMNIYNUCKH7LRO45JMJP6UYBIJA"
MONERO = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"  # noqa: E501

NO_CHECKSUM = "fits no chain that is known here"
NO_ADDRESS = "is no address of a chain that is known here"

WRONG = [
    ("", "No address stands there."),
    (" \n", "No address stands there."),
    # EVM
    (EIP55.replace("aAeb", "AAeb"), "has other capitals than belong to this address"),
    (f"eth:{EIP55.replace('aAeb', 'AAeb')}", "has other capitals"),
    (EIP55.replace("6053", "6054"), "has other capitals"),
    (EIP55[:-1], "“0x5aAe…BeAe” has 39 digits after 0x"),
    (EIP55 + "0", "has 41 digits after 0x"),
    ("0x", "“0x” has 0 digits after 0x; an address has 40."),
    (EIP55[:-1] + "g", "has other characters than 0–9 and a–f"),
    (EIP55[2:], NO_ADDRESS),
    ("0x" + "ab" * 32, "has 64 digits, as the hash of a transaction has"),
    ("ab" * 32, "has 64 digits, as the hash of a transaction has"),
    ("0x" + "ab" * 48, "is the key of a validator"),
    ("XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS", "is written as ICAP"),
    ("vitalik.eth", "“vitalik.eth” is a name"),
    ("pay.vitalik.eth", "is a name"),
    # What looks like a letter or like nothing
    (EIP55.replace("aAeb", "аAeb"), "CYRILLIC SMALL LETTER A, number 4."),
    (GENESIS.replace("P", "Р", 1), "CYRILLIC CAPITAL LETTER ER, number 5."),
    (EIP55[:20] + "\u200b" + EIP55[20:], "ZERO WIDTH SPACE, number 21."),
    ("\ufeff" + EIP55, "ZERO WIDTH NO-BREAK SPACE, number 1."),
    (EIP55[:20] + " " + EIP55[20:], "SPACE, number 21."),
    (EIP55[:20] + "\n" + EIP55[20:], "U+000A, number 21."),
    (EIP55.translate({ord("5"): "５"}), "FULLWIDTH DIGIT FIVE, number 3."),
    ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6\u212a", "KELVIN SIGN, number 34."),
    # bech32: a wrong letter, mixed case, the other checksum, wrong lengths and versions of BIP-350
    (SEGWIT[:-1] + "5", NO_CHECKSUM),
    ("B" + SEGWIT[1:], "mixes capital and small letters"),
    ("Ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh", "mixes capital and small letters"),
    (COSMOS[:-1] + "H", "mixes capital and small letters"),
    (COSMOS[:-1] + "q", NO_CHECKSUM),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", NO_CHECKSUM),
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", NO_CHECKSUM),
    ("BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL", NO_CHECKSUM),
    ("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", NO_CHECKSUM),
    ("bc1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnt4wzqr", NO_CHECKSUM),  # no version
    ("osmo1qqqsyqcyq5rqwzqfpg9scrgwpugpzysn73jxzf", NO_CHECKSUM),  # bech32m
    ("bc1pw5dgrnzv", NO_ADDRESS),
    ("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", NO_CHECKSUM),
    ("bc1gmk9yu", NO_ADDRESS),
    ("tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", NO_CHECKSUM),
    ("npub1sn0wdenkukak0d9dfczzeacvhkrgz92ak56egt7vdgzn8pv2wfqqhrjdv9", NO_CHECKSUM),
    (CASHADDR[:-1] + "q", NO_ADDRESS),
    (f"bchtest:{CASHADDR}", NO_ADDRESS),
    # base58: a wrong letter, a letter that it does not have, a letter too few, another network
    (GENESIS[:-1] + "b", NO_CHECKSUM),
    (GENESIS.replace("1", "l", 1), NO_ADDRESS),
    (GENESIS[:-1], NO_CHECKSUM),
    (GENESIS.lower(), NO_ADDRESS),
    ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", NO_CHECKSUM),
    (TRON[:-1] + "T", NO_CHECKSUM),
    (XRP[:-1] + "g", NO_CHECKSUM),
    (f"{XRP}:4294967296", NO_ADDRESS),
    (f"{XRP}:", NO_ADDRESS),
    ("XVLhHMPHU98es4dbozjVtdWzVrDjtV5fdx1mHp98tDMoQXa", NO_CHECKSUM),
    ("XWefhSGM3bMt39McvTCeFnQWzLj5KNSFvsn2KDQ36ZgDutv", NO_CHECKSUM),  # another prefix
    ("XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8zeUygYrCgrPh", NO_CHECKSUM),  # neither a tag nor none
    ("XVLhHMPHU98es4dbozjVtdWzVrDjtV5HVJEzm4cvpUuMpAF", NO_CHECKSUM),  # no tag, and yet one
    ("T7oKJ3q7s94kDH6tpkBowhetT1JKfcfdSCmAXbS75iATyLD", NO_CHECKSUM),
    (SOLANA[:-4], NO_CHECKSUM),
    ("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX", NO_CHECKSUM),
    ("KW2vf3LkdXhEJ9Z98eM7LjjrZhfipfEtjA2fUovQmJavCHdbH", NO_CHECKSUM),  # a key, not an account
    (MONERO[:-1] + "B", NO_CHECKSUM),
    ("4" + "z" * 94, NO_ADDRESS),
    (STELLAR[:-1] + "A", NO_CHECKSUM),
    (STELLAR.lower(), NO_ADDRESS),
    (ALGORAND[:-2] + "AA", NO_CHECKSUM),
    (ALGORAND[:-1] + "B", NO_CHECKSUM),  # the same bytes: only bits without meaning differ
    ("EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2M", NO_ADDRESS),
    (
        "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW",
        "is as long as the hash of a Solana transaction",
    ),
    (
        "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
        "is a key from which many addresses are made",
    ),
    # What exchanges write where an address might stand
    ("Binance", "“Binance” is no address"),
    ("L4UESK-KG3EQ-UFO4T5", NO_ADDRESS),
    ("5f9d0a2c-8f67-4c5a-9a1b-6d5b2c3e4f50", NO_ADDRESS),
    ("5f9d0a2c8f674c5a9a1b6d5b2c3e4f50", NO_ADDRESS),
    # 32 bytes in base 58 as Solana's addresses are, but not of both cases
    ("9234567892345678923456789234567892345678912", NO_ADDRESS),
    ("d1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d", NO_ADDRESS),
    ("D1B2C3D4E5F6A1B2C3D4E5F6A1B2C3D4E5F6A1B2C3D", NO_ADDRESS),
    ("DE89370400440532013000", NO_ADDRESS),
    ("satoshi@example", NO_ADDRESS),
]


@pytest.mark.parametrize(("text", "reason"), WRONG)
def test_text_that_is_no_address_is_refused_with_the_reason(text, reason):
    with pytest.raises(AddressError) as error:
        normalise(text)

    assert reason in str(error.value)


@pytest.mark.parametrize(
    "secret",
    [
        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
        "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn",
        "sn259rEFXrQrWyx3Q7XneWcwV6dfL",
        "SBCVMMCBEDB64TVJZFYJOJAERZC4YVVUOE6SYR2Y76CBTENGUSGWRRVO",
        "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
    ],
)
def test_private_key_is_not_repeated(secret):
    with pytest.raises(AddressError, match="A private key stands there") as error:
        normalise(secret)

    assert secret[:4] not in str(error.value)


@pytest.mark.parametrize(
    ("text", "chain", "message"),
    [
        (GENESIS, "polygon", "“1A1zP1…vfNa” is an address of Bitcoin, not of polygon."),
        (EIP55, "tron", "“0x5aAe…eAed” is an address of EVM, every chain, not of tron."),
        (GENESIS, "litecoin", "“1A1zP1…vfNa” is an address of Bitcoin, not of litecoin."),
        (SEGWIT, "bitcoin-cash", "“bc1qw5…f3t4” is an address of Bitcoin, not of bitcoin-cash."),
        (EIP55, "eth2", "“eth2” is no chain that is known here."),
    ],
)
def test_address_of_another_chain_is_refused(text, chain, message):
    with pytest.raises(AddressError) as error:
        normalise(text, chain)

    assert str(error.value) == message
