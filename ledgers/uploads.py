from typing import Any

from django.contrib.auth import SESSION_KEY
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class OnlyOfUsers(FileUploadHandler):
    """The first to hear of a file in a form: nobody reads on if it is a stranger's.

    Django reads a form to check its token, before it knows who sends it, and writes its files to
    the disk whatever their size.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if not (self.request and SESSION_KEY in self.request.session):
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """For those that keep it."""
        return raw_data

    def file_complete(self, file_size: int | None) -> None:
        return None
