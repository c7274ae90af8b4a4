from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Names with the hash of their content, once `collectstatic` has run; plain ones until then.

    So a new version is never shown with an old stylesheet, and the conventional
    `migrate`, `runserver` needs no step between.
    """

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
