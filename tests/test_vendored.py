"""What the browser gets: files of others as fetched, ours within the policy and the budget."""

import hashlib
import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import brotli
import pytest
from django.core.management import call_command

from txproject.storage import BUNDLES

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".jinja")
)
STYLES = sorted(STATIC.rglob("*.css"))
SCRIPTS = sorted(STATIC.rglob("*.js"))
BUDGET = 100 * 1024  # bytes of all CSS and JavaScript, compressed


def vendor_script() -> ModuleType:
    loader = SourceFileLoader("vendor", str(ROOT / "bin" / "vendor"))
    spec = spec_from_loader("vendor", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def sums() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def icons_of(text: str) -> set[str]:
    named = re.findall(r'{% icon "([\w-]+)"', text)
    named += re.findall(r'\bicon\("([\w-]+)"\)', text)
    written = re.findall(r"#([\w-]+)(?=\"|{%)", "".join(re.findall(r"<use [^>]*>", text)))
    return {*named, *written}


def test_vendored_files_are_the_ones_fetched():
    files = {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS"}

    assert files == sums().keys()
    for name, digest in sums().items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_vendored_versions_are_those_of_the_script():
    packages = vendor_script().PACKAGES

    assert packages["htmx.org"][0] in (VENDOR / "htmx.min.js").read_text()
    assert f"Tabler v{packages['@tabler/core'][0]}" in (VENDOR / "tabler.min.css").read_text()


def test_sprite_has_every_icon_that_is_used():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "icons.svg").read_text()))
    presentation = (ROOT / "transactions" / "presentation.py").read_text()
    used = set(re.findall(r'": "([a-z-]+)",', presentation.split("ICONS = {")[1].split("}")[0]))
    for path in TEMPLATES:
        used |= icons_of(path.read_text())

    assert used <= drawn
    assert drawn == set(vendor_script().ICONS)


def test_tabler_stands_in_a_layer_of_its_own():
    css = (VENDOR / "tabler.min.css").read_text()

    assert css.startswith('@charset "UTF-8";@layer tabler{')
    assert css.count("{") == css.count("}")


def test_nothing_of_tabler_is_used_that_was_left_out():
    """`bin/vendor` puts it in."""
    script = vendor_script()

    assert script.words() & set(script.DROPPED.read_text().split()) == set()


def test_data_attributes_of_tabler_that_nothing_has_are_left_out():
    script = vendor_script()

    found = script.purged(
        "[data-x] *,:is([data-x=y]:not(:has(b)),b) .a,.a:not([data-x]),i{top:0}", {"a"}
    )

    assert found == ".a:not([data-x]),i{top:0}"


def test_rules_that_style_all_anew_are_left_out():
    """They cost a phone a third of a second: docs/performance.md."""
    script = vendor_script()
    heads = [head for head, _body in script.all_rules((VENDOR / "tabler.min.css").read_text())]

    assert {each for head in heads for each in script.selectors(head)} & script.COSTLY == set()


@pytest.mark.parametrize("path", STYLES, ids=shown)
def test_nothing_around_the_whole_page_asks_what_it_has(path):
    """Each row that comes would have it style the page anew."""
    assert not re.search(r"(:root|\bhtml|\bbody|\bmain)[^\s{,]*:has\(", path.read_text())


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=shown)
def test_file_needs_nothing_that_the_policy_or_the_storage_refuses(path):
    text = path.read_text()

    assert "sourceMappingURL" not in text
    assert "url(data:" not in text.replace('"', "")
    assert "fonts.googleapis" not in text


@pytest.mark.parametrize("path", STYLES, ids=shown)
def test_style_sheet_points_at_files_that_are_there(path):
    for target in re.findall(r'url\("?([^")]+)"?\)', path.read_text()):
        assert (path.parent / target).resolve().is_file(), target


@pytest.mark.parametrize("path", TEMPLATES, ids=shown)
def test_template_keeps_to_the_content_security_policy(path):
    text = path.read_text()

    assert not re.search(r"<style|\sstyle=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\s(on\w+|hx-on[\w:-]*)=", text)
    assert not re.search(r"(javascript|[\"']js):", text)


@pytest.mark.slow
def test_styles_and_scripts_fit_the_budget():
    sizes = {path: len(brotli.compress(path.read_bytes())) for path in [*STYLES, *SCRIPTS]}

    assert sum(sizes.values()) < BUDGET, sizes


def test_static_files_can_be_hashed(tmp_path, settings):
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest}}

    call_command("collectstatic", interactive=False, verbosity=0)

    tokens = next(tmp_path.glob("css/tokens.????????????.css")).read_text()
    fonts = re.findall(r'url\("\.\./vendor/([^"]+)"\)', tokens)
    assert len(fonts) == 6
    assert all((tmp_path / "vendor" / font).is_file() for font in fonts)


def test_every_style_and_script_is_in_a_bundle_once():
    parts = [part for bundle in BUNDLES.values() for part in bundle]

    assert sorted(parts) == sorted(str(path.relative_to(STATIC)) for path in [*STYLES, *SCRIPTS])
