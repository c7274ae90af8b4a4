from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = (
    *("tokens", "base", "frame", "table", "phone", "filters", "editors", "pages", "book"),
    *("settings", "bulk", "imports", "transfers", "history", "palette", "pictures", "rules"),
    *("spam", "live"),
)
SCRIPTS = (
    *("live", "messages", "menus", "editors", "choose", "unidentified", "keys", "select"),
    *("palette", "drop", "passkeys", "pictures", "once"),
)
# In this order. Each script of ours is a module: what it declares is its own.
BUNDLES = {
    "css/site.css": ["vendor/tabler.min.css", *(f"css/{name}.css" for name in STYLES)],
    "js/site.js": ["vendor/htmx.min.js", *(f"js/{name}.js" for name in SCRIPTS)],
}
MODULE = ';(() => {{\n"use strict";\n{}\n}})();'


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Names with the hash of their content, once `collectstatic` has run; plain ones until then.

    So a new version is never shown with an old stylesheet, and the conventional
    `migrate`, `runserver` needs no step between.
    """

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name

    def parts(self, bundle: str) -> list[str]:
        """The files that a page needs: one, once they have been collected."""
        return [bundle] if self.hashed_files else BUNDLES[bundle]

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if not dry_run:
            for bundle, parts in BUNDLES.items():
                self.delete(bundle)
                self.save(bundle, ContentFile("\n".join(joined(paths, parts))))
                paths[bundle] = (self, bundle)
        yield from super().post_process(paths, dry_run=dry_run, **options)


def joined(paths: dict[str, Any], parts: list[str]) -> Iterator[str]:
    for part in parts:
        storage, path = paths[part]
        with storage.open(path) as file:
            text = file.read().decode()
        yield MODULE.format(text) if part.startswith("js/") else text
