import pytest

from contacts.chains import EVM_CHAINS, FAMILIES, AddressError, family_of, normalise, short

# The examples of EIP-55, BIP-173, BIP-350, the CashAddr, CIP-19, SEP-23 and XLS-5 papers, the
# development account of Substrate, and widely known addresses (genesis, tokens, donations).
EIP55 = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
SCRIPT = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
CASHADDR = "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
COSMOS = "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh"
XRP = "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
SOLANA = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
STELLAR = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
ALGORAND = "VCMJKWOY5P5P7SKMZFFOCEROPJCZOTIJMNIYNUCKH7LRO45JMJP6UYBIJA"

# Family, identity, the other spellings of the same address.
ADDRESSES = [
    (
        "evm",
        EIP55.lower(),
        EIP55,
        "0x" + EIP55[2:].upper(),
        "0X" + EIP55[2:].upper(),
        "0X" + EIP55[2:],
        f"  {EIP55}\r\n",
        f"\u00a0{EIP55}\u3000",
        f"eth:{EIP55}",
        f"arb1:{EIP55.lower()}",
    ),
    ("evm", "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"),
    (
        "evm",
        "0x52908400098527886e0f7030069857d2e4169ee7",
        "0x52908400098527886E0F7030069857D2E4169EE7",
    ),
    ("evm", "0xde709f2102306220921060314715629080e2fb77"),
    ("evm", "0x" + "0" * 40),
    ("bitcoin", GENESIS),
    ("bitcoin", "1111111111111111111114oLvT2"),
    ("bitcoin", SCRIPT),
    ("bitcoin", SEGWIT, SEGWIT.upper()),
    ("bitcoin", "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"),
    ("bitcoin", TAPROOT, TAPROOT.upper()),
    ("bitcoin", "bc1sw50qgdz25j", "BC1SW50QGDZ25J"),
    ("bitcoin", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"),
    ("bitcoin", "bc1pfeessrawgf"),
    ("litecoin", "LbNoDTssWGQFMr7UUDNYscBe5c7SjmfTtx"),
    ("litecoin", "MEUDdsSCt2rG6bH2ic2K274eeeq81ohx9p"),
    ("litecoin", "ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh"),
    ("dogecoin", "D7Y55r6Yoc1G8EECxkQ6SuSjTgGJJ7M6yD"),
    ("dash", "XpESxaUmonkq8RaLLp46Brx2K39ggQe226"),
    ("zcash", "t1VmmGiyjVNeCjxDZzg7vZmd99WyzVby9yC"),
    ("zcash", "t3Vz22vK5z2LcKEdg16Yv4FFneEL1zg9ojd"),
    ("tron", TRON),
    ("tezos", "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb"),
    ("tezos", "tz491GnuXrwC2tMQjHk97D2QaZQDrKcWosNC"),
    (
        "bitcoin-cash",
        CASHADDR,
        f"bitcoincash:{CASHADDR}",
        f"bitcoincash:{CASHADDR}".upper(),
        CASHADDR.upper(),
        "zpm2qsznhks23z7629mms6s4cwef74vcwvrqekrq9w",  # the same key, as wallets with tokens say it
    ),
    ("cosmos", COSMOS, COSMOS.upper()),
    ("cosmos", "osmo1clpqr4nrk4khgkxj78fcwwh6dl3uw4epasmvnj"),
    ("cosmos", "cosmosvaloper156gqf9837u7d4c4678yt3rl4ls9c5vuursrrzf"),
    ("multiversx", "erd1qyu5wthldzr8wx5c9ucg8kjagg0jfs53s8nr3zpz3hypefsdd8ssycr6th"),
    (
        "cardano",
        "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
    ),
    ("cardano", "addr1gx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer5pnz75xxcrzqf96k"),
    ("cardano", "stake178phkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gtcccycj5"),
    ("xrp", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
    ("xrp", XRP, "XVLhHMPHU98es4dbozjVtdWzVrDjtV5fdx1mHp98tDMoQXb"),
    ("xrp", f"{XRP}:0", "XVLhHMPHU98es4dbozjVtdWzVrDjtV8AqEL4xcZj5whKbmc"),
    (
        "xrp",
        f"{XRP}:1",
        f"{XRP}:0001",
        f"{XRP}?dt=1",
        "XVLhHMPHU98es4dbozjVtdWzVrDjtV8xvjGQTYPiAx6gwDC",
    ),
    ("xrp", f"{XRP}:4294967295", "XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi"),
    ("solana", SOLANA),
    ("solana", "So11111111111111111111111111111111111111112"),
    ("solana", "1" * 32),
    (
        "substrate",
        "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
        "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F",  # on Kusama
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",  # on no network in particular
    ),
    ("stellar", STELLAR),
    ("stellar", "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLK"),
    ("stellar", "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"),
    ("algorand", ALGORAND),
    (
        "ton",
        "EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N",
        "UQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqEBI",
    ),
    (
        "monero",
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    ),
    (
        "monero",
        "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H",
    ),
    (
        "monero",
        "4LL9oSLmtpccfufTMvppY6JwXNouMBzSkbLYfpAV5Usx3skxNgYeYTRj5UzqtReoS44qo9mtmXCqY45DJ852K5Jv2bYXZKKQePHES9khPK",
    ),
]

SPELLINGS = [
    (spelling, family, identity)
    for family, identity, *others in ADDRESSES
    for spelling in [identity, *others]
]


@pytest.mark.parametrize(("spelling", "family", "identity"), SPELLINGS)
def test_address_has_its_family_and_one_identity(spelling, family, identity):
    address = normalise(spelling)

    assert (address.family, address.normalised) == (family, identity)
    assert normalise(address.shown) == address
    assert normalise(address.normalised).normalised == identity
    assert normalise(spelling, family) == address


def test_address_identities_differ_whatever_the_family():
    identities = [identity for _family, identity, *_others in ADDRESSES]

    assert len(set(identities)) == len(ADDRESSES)
    assert {family for family, *_rest in ADDRESSES} == set(FAMILIES)


def test_wrong_capitals_of_an_export_do_not_lose_the_address():
    sloppy = EIP55.replace("aAeb", "AAeb")

    assert normalise(sloppy, strict=False) == normalise(EIP55)
    with pytest.raises(AddressError):
        normalise(TRON.lower(), strict=False)


# Solana's have no checksum, EVM addresses only in their capitals, and a tag is only a number.
CHECKED = [EIP55] + [
    identity
    for family, identity, *_others in ADDRESSES
    if family not in {"evm", "solana"} and ":" not in identity
]


@pytest.mark.parametrize("address", CHECKED)
def test_address_with_one_character_changed_is_no_address(address):
    passed = []

    for place in range(3, len(address)):
        for char in "2aAzZ":
            try:
                passed.append(normalise(address[:place] + char + address[place + 1 :]).shown)
            except AddressError:
                continue

    assert set(passed) <= {address}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (EIP55.lower(), EIP55),
        (
            "0XFB6916095CA1DF60BB79CE92CE3EA74C37C5D359",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        ),
        (SEGWIT.upper(), SEGWIT),
        (f"bitcoincash:{CASHADDR}", CASHADDR),
        ("HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F",) * 2,
        ("UQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqEBI",) * 2,
        ("XVLhHMPHU98es4dbozjVtdWzVrDjtV8xvjGQTYPiAx6gwDC", f"{XRP}:1"),
    ],
)
def test_address_is_shown_as_its_chain_writes_it(text, shown):
    assert normalise(text).shown == shown


@pytest.mark.parametrize(
    ("text", "chain", "family", "identity"),
    [
        (EIP55, "polygon", "evm", EIP55.lower()),
        (EIP55, " Arbitrum_One ", "evm", EIP55.lower()),
        (SEGWIT, "BTC", "bitcoin", SEGWIT),
        (SCRIPT, "bitcoin", "bitcoin", SCRIPT),
        # Litecoin's 3… are M… today; Bitcoin Cash wrote Bitcoin's until 2018.
        (SCRIPT, "litecoin", "litecoin", "MQMHBtvnBfxTzt3K2bdxgSE7qZPHSXWsGM"),
        ("1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "bitcoin cash", "bitcoin-cash", CASHADDR),
        (
            "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC",
            "BCH",
            "bitcoin-cash",
            "ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
        ),
    ],
)
def test_chain_says_whose_address_it_is(text, chain, family, identity):
    address = normalise(text, chain)

    assert (address.family, address.normalised) == (family, identity)


def test_chain_is_known_by_name_and_by_coin():
    assert {family_of(chain) for chain in EVM_CHAINS} == {"evm"}
    assert {family_of(coin) for coin in EVM_CHAINS.values()} == {"evm"}
    assert [family_of(symbol) for symbol, _name in FAMILIES.values()] == list(FAMILIES)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("0x3f5CE5FBFe3E9af3971dD833D26bA9b5C9368bE2", "0x3f5C…8bE2"),
        ("bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h", "bc1qm3…7s3h"),
        (SOLANA, "9WzDXw…AWWM"),
        (COSMOS, "cosmos1fl4…f0eh"),
        (f"{XRP}:104829", "rGWrZy…QYpf:104829"),
        ("fade1b" * 10 + "0123", "fade1b…0123"),
        ("short", "short"),
    ],
)
def test_short_keeps_what_people_compare(shown, expected):
    assert short(shown) == expected
